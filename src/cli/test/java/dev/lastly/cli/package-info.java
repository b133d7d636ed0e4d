/** Tests of the program and of the demonstration. */
@NullMarked
package dev.lastly.cli;

import org.jspecify.annotations.NullMarked;
