/**
 * SQLite as Lastly uses it: how the driver gets its native library and a file its name; connections
 * with every pragma set; prepared statements; one writer for each process that commits what has
 * gathered, and the line in which processes wait for the write lock; readers; what errors mean. It
 * knows nothing of Lastly's tables.
 */
@NullMarked
package dev.lastly.internal.sqlite;

import org.jspecify.annotations.NullMarked;
