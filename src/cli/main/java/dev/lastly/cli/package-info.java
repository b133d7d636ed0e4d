/** What runs from a command line: so far, the demonstration. */
@NullMarked
package dev.lastly.cli;

import org.jspecify.annotations.NullMarked;
