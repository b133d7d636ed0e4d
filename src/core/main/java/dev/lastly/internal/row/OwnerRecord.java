package dev.lastly.internal.row;

/**
 * An owner as its row shows it.
 *
 * @param id the row's id, and the number of the lock byte
 * @param identity which process it is
 * @param lockInode inode of the lock file that it registered with
 * @param ended whether the row says that it has ended
 */
public record OwnerRecord(long id, OwnerIdentity identity, long lockInode, boolean ended) {}
