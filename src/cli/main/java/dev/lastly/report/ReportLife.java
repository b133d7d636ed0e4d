package dev.lastly.report;

import java.time.Instant;
import java.util.List;

/**
 * A function with its history, as the page shows it.
 *
 * @param row the function
 * @param attempts its attempts, in their order
 * @param claims the changes of its owner, in their order
 * @param acts what operators did to it, in their order
 */
record ReportLife(
    ReportFunction row, List<ReportAttempt> attempts, List<Claim> claims, List<Act> acts) {

  /**
   * A change of owner.
   *
   * @param id tells it from all others; functions that were claimed together have the same one
   * @param from the owner that had left them
   * @param to the owner that got them
   * @param at when
   * @param evidence why
   * @param rows how many functions
   */
  record Claim(Object id, Object from, Object to, Instant at, String evidence, long rows) {}

  /**
   * An operator's act.
   *
   * @param at when
   * @param user by whom
   * @param action what
   * @param reason why
   */
  record Act(Instant at, String user, String action, String reason) {}
}
