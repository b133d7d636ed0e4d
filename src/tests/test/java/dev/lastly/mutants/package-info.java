/** What {@code make mutants} runs. */
@NullMarked
package dev.lastly.mutants;

import org.jspecify.annotations.NullMarked;
