/** The program's logging: warnings and errors on standard error, one line each. */
@NullMarked
package dev.lastly.cli.log;

import org.jspecify.annotations.NullMarked;
