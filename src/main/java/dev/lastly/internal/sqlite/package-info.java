/**
 * SQLite's driver: how it gets its native library, and how a file is named to it. Knows nothing of
 * Lastly's tables. Its front is {@link dev.lastly.internal.sqlite.SqliteFile}.
 */
@NullMarked
package dev.lastly.internal.sqlite;

import org.jspecify.annotations.NullMarked;
