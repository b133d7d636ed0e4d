/**
 * SQLite as Lastly uses it. This package does not know Lastly's tables.
 *
 * <h2>Writing: group commit and a queue between processes</h2>
 *
 * <p>SQLite lets one connection write at a time, and a synced commit takes most of the time of a
 * write. So each process has one {@code Writer}, and its threads share commits: a caller adds its
 * task to the {@code WriteQueue}; the first caller leads, and the {@code Committer} runs all queued
 * tasks in one transaction. If the transaction fails, it runs them one by one, so that one bad task
 * fails alone. Each caller learns exactly whether its task was committed, even if memory runs out
 * half-way.
 *
 * <p>{@code Room} shares out the room on the file system: for the log, for the database, and a
 * reserve for records.
 *
 * <p>Processes compete for SQLite's write lock. Its busy handler sleeps up to 100 ms and can starve
 * a process, so it is off. Processes queue in the {@code TicketLine} instead: a waiting process
 * locks the byte whose number is its arrival time, and the lowest locked byte is first. The kernel
 * frees the bytes of dead processes. A process keeps the lock's turn for 5 ms over several
 * transactions, because the next process must read the changed pages again.
 *
 * <h2>Reading</h2>
 *
 * <p>In WAL mode a reader sees one committed state and blocks no writer. {@code Readers} keeps one
 * connection, and a pool for threads that find it in use. {@code PRAGMA data_version} tells for a
 * few microseconds whether any other connection has committed.
 *
 * <h2>Opening</h2>
 *
 * <p>{@code NativeLibrary} and {@code DriverLoader} load the driver's library from one shared file,
 * because the driver's own copy leaks at a {@code kill -9}. {@code SqliteFile} names a file to
 * SQLite by URI. {@code SqliteSource} sets every pragma. {@code OpenedFile} checks that the path
 * still leads to the opened file, and {@code SqliteCopies} that no second copy of SQLite in this
 * JVM opens it: both would lose data without an error. {@code SqlErrors} adds advice to SQLite's
 * errors.
 */
@NullMarked
package dev.lastly.internal.sqlite;

import org.jspecify.annotations.NullMarked;
