/** The output of commands: tables for people, JSON for programs. Independent of Lastly. */
@NullMarked
package dev.lastly.cli.output;

import org.jspecify.annotations.NullMarked;
