/**
 * Coverage-guided fuzzing: what is fuzzed, how it is run, and what the targets have in common. The
 * targets themselves lie in the packages that they fuzz.
 */
@NullMarked
package dev.lastly.fuzz;

import org.jspecify.annotations.NullMarked;
