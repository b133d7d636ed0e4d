/** Where the library's log goes when it runs as a program: warnings, a line each. */
@NullMarked
package dev.lastly.cli.log;

import org.jspecify.annotations.NullMarked;
