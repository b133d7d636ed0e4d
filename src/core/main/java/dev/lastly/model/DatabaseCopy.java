package dev.lastly.model;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A private copy of a database that this user may read but not write, while no worker has it open:
 * SQLite reads a database with a write-ahead log only beside a file that it can write, or that a
 * worker has made. The copy does not change any more.
 *
 * @param file the copied database; it goes when what has made it is closed
 * @param at when it was made: what it holds is what was committed then
 */
public record DatabaseCopy(Path file, Instant at) {}
