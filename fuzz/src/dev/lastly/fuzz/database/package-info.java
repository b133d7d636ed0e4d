/** The target {@code database}: a reaper opens a database whose files are damaged. */
@NullMarked
package dev.lastly.fuzz.database;

import org.jspecify.annotations.NullMarked;
