package dev.lastly.report;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An owner as the page shows it. An id is a number on a node and a UUID in a fleet.
 *
 * @param id its id
 * @param label the label of its manager, which may be empty
 * @param name what stands beside it in the drawing
 * @param process its process
 * @param openedAt when it opened
 * @param closedAt when it closed, was found dead or presumed dead; null while it is open
 * @param ending how it ended, or that it has not
 * @param endedBy the owner that found that, or null
 * @param evidence what says so; may be empty
 */
record ReportOwner(
    Object id,
    String label,
    String name,
    Worker process,
    Instant openedAt,
    @Nullable Instant closedAt,
    OwnerEnding ending,
    @Nullable Object endedBy,
    String evidence) {

  /**
   * A process.
   *
   * @param pid its number
   * @param host the machine, for people
   * @param bootId the boot in which it lives or lived
   */
  record Worker(long pid, String host, String bootId) {
    /** A name for an owner that has no label. */
    String name() {
      return "process " + pid;
    }
  }
}
