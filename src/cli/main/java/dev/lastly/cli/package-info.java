/** The program {@code lastly}: its commands, and the demonstration. */
@NullMarked
package dev.lastly.cli;

import org.jspecify.annotations.NullMarked;
