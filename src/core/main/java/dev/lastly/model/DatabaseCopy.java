package dev.lastly.model;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A private copy of a database that this user may read but not write, and that no worker has open.
 * To read a database with a write-ahead log, SQLite needs a {@code -shm} file that a worker has
 * made or that it can write. The copy does not change. Immutable.
 *
 * @param file the copied database; closing the object that made the copy removes it
 * @param at when it was made; it holds the state that was committed then
 */
public record DatabaseCopy(Path file, Instant at) {}
