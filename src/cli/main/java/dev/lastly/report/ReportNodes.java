package dev.lastly.report;

import java.time.Instant;
import java.util.List;

/**
 * The nodes of a fleet.
 *
 * @param alive how many have a good lease
 * @param silent how many have not ended, and their lease has run out
 * @param ended how many have ended
 * @param shown those that the page names
 */
record ReportNodes(long alive, long silent, long ended, List<NodeLife> shown) {

  long all() {
    return alive + silent + ended;
  }

  /**
   * One life of a node.
   *
   * @param id its id
   * @param host the machine, for people
   * @param machineId the machine
   * @param openedAt when its first owner joined
   * @param state its state, in words
   * @param ending the ending of an owner that looks alike
   * @param lease until when it is trusted, in words; empty if it has ended
   * @param evidence of its end; may be empty
   * @param owners how many of its owners have not ended
   * @param unfinished how many unfinished functions they have
   */
  record NodeLife(
      Object id,
      String host,
      String machineId,
      Instant openedAt,
      String state,
      OwnerEnding ending,
      String lease,
      String evidence,
      long owners,
      long unfinished) {}
}
