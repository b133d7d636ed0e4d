/** The demonstration tells the truth, and fails when it must. */
@NullMarked
package dev.lastly.cli;

import org.jspecify.annotations.NullMarked;
