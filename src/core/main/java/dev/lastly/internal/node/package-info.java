/**
 * The store of one machine: implements {@code internal.spi} on the database of a state directory
 * ({@code internal.store}) and on kernel locks ({@code internal.owner}). {@link
 * dev.lastly.internal.node.Node} opens one.
 *
 * <h2>Joining and leaving</h2>
 *
 * <p>{@code Node} opens directory, lock file and database, then takes a {@code Seat}: it locks a
 * byte of the lock file, commits the owner's row with the byte's number as its id, and checks that
 * path and file still belong together. The byte is held before the row is visible, so no process
 * ever sees an open row with a free byte of a living owner. Leaving goes in the opposite order: the
 * row is closed, then the byte is freed. A directory that was deleted or replaced during this is
 * opened again from the start.
 *
 * <h2>Finding dead owners</h2>
 *
 * <p>{@code NodeLiveness} asks {@code internal.owner} which of the open owners do not visibly hold
 * their lock byte, and examines only those. It then reads the rows again, because an owner that
 * closes frees its byte just after it has closed its row, and records the deaths that remain.
 * {@code KnownOwners} caches the list of owners. One process of the node, the watcher, does this
 * fifty times a second; a lock byte elects it, and the kernel frees that byte when the watcher
 * dies. The cost of all checks has a bound in parts of the time, for any number of owners.
 *
 * <p>{@code NodeUpkeep} prunes, compacts, and warns when a long reader makes the write-ahead log
 * grow.
 */
@NullMarked
package dev.lastly.internal.node;

import org.jspecify.annotations.NullMarked;
