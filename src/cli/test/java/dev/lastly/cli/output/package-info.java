/** Tests of tables, JSON and times. */
@NullMarked
package dev.lastly.cli.output;

import org.jspecify.annotations.NullMarked;
