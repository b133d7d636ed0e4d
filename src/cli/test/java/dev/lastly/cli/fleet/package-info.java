/** Tests of what the commands do with a fleet. */
@NullMarked
package dev.lastly.cli.fleet;

import org.jspecify.annotations.NullMarked;
