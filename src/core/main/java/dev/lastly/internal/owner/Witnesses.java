package dev.lastly.internal.owner;

import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;

/**
 * All evidence on an owner at one moment. Immutable.
 *
 * @param owner its row
 * @param self the process that examines the owner
 * @param ended whether the row says that it has ended
 * @param sameLockFile whether the lock file is still the one that it registered with
 * @param holder the holder of its lock byte; {@code UNUSABLE} unless {@code sameLockFile}
 * @param sighting what the process table shows; {@code UNREADABLE} unless boot and pid namespace
 *     are the same
 */
record Witnesses(
    OwnerRecord owner,
    OwnerIdentity self,
    boolean ended,
    boolean sameLockFile,
    Owners.Holder holder,
    Owners.Sighting sighting) {

  static Witnesses ofEnded(OwnerRecord owner, OwnerIdentity self) {
    return new Witnesses(
        owner, self, true, true, Owners.Holder.UNUSABLE, Owners.Sighting.UNREADABLE);
  }
}
