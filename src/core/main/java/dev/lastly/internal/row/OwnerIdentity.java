package dev.lastly.internal.row;

/**
 * The identity of an owner's process. The pid alone identifies no process: the kernel reuses it,
 * and each container has its own. Immutable.
 *
 * @param pid the process id, as the process itself sees it
 * @param startTicks field 22 of {@code /proc/<pid>/stat}, raw: clock ticks since boot, proc(5);
 *     where there is no {@code /proc}, the start time in milliseconds since the epoch; 0 if neither
 *     can be read
 * @param bootId {@code /proc/sys/kernel/random/boot_id}, random(4); {@link #UNKNOWN_TEXT} if
 *     unreadable
 * @param pidNamespace what {@code /proc/self/ns/pid} links to, namespaces(7); {@link #UNKNOWN_TEXT}
 *     if unreadable
 * @param uid the user id, -1 if it cannot be read
 * @param host the node's name, for people only
 */
public record OwnerIdentity(
    long pid, long startTicks, String bootId, String pidNamespace, long uid, String host) {
  /** Stands for a value that could not be read. Two unknown values never count as equal. */
  public static final String UNKNOWN_TEXT = "unknown";

  /**
   * Whether the other process was started under the same kernel boot.
   *
   * @param other another identity
   * @return false if they differ, or if either boot id is unknown
   */
  public boolean sameBoot(OwnerIdentity other) {
    return same(bootId, other.bootId);
  }

  /**
   * Whether a pid means the same process for both.
   *
   * @param other another identity
   * @return false if they differ, or if either namespace is unknown
   */
  public boolean samePidNamespace(OwnerIdentity other) {
    return same(pidNamespace, other.pidNamespace);
  }

  /**
   * Whether the machine has surely booted since a process of this identity's host was started. A
   * container may have a boot id of its own, so another boot id proves that only within the same
   * pid namespace.
   *
   * @param earlierBootId that process's boot id
   * @param earlierPidNamespace its pid namespace
   * @return false if that cannot be told
   */
  public boolean hasBootedSince(String earlierBootId, String earlierPidNamespace) {
    return same(pidNamespace, earlierPidNamespace)
        && !bootId.equals(earlierBootId)
        && !bootId.equals(UNKNOWN_TEXT)
        && !earlierBootId.equals(UNKNOWN_TEXT);
  }

  private static boolean same(String one, String two) {
    return one.equals(two) && !one.equals(UNKNOWN_TEXT);
  }
}
