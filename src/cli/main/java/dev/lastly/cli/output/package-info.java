/** How the command line says things: tables for people, JSON for programs. Knows no Lastly. */
@NullMarked
package dev.lastly.cli.output;

import org.jspecify.annotations.NullMarked;
