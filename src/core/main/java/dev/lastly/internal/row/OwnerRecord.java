package dev.lastly.internal.row;

/**
 * An owner as its row describes it. Immutable.
 *
 * @param id the row's id, and the number of the lock byte
 * @param identity its process
 * @param lockInode the inode of the lock file with which it registered
 * @param ended whether the row says that it has ended
 */
public record OwnerRecord(long id, OwnerIdentity identity, long lockInode, boolean ended) {}
