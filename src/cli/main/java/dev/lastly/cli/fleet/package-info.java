/**
 * The commands of the program on a whole fleet. Knows no parser: the commands pass on what they
 * were given.
 */
@NullMarked
package dev.lastly.cli.fleet;

import org.jspecify.annotations.NullMarked;
