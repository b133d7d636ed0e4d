/** The examples of the documentation: compiled, run, and held against its text. */
@NullMarked
package dev.lastly.example;

import org.jspecify.annotations.NullMarked;
