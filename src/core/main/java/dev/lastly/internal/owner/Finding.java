package dev.lastly.internal.owner;

import dev.lastly.model.Verdict;

/**
 * The result of examining an owner. Immutable.
 *
 * @param verdict the verdict that follows from the evidence
 * @param evidence the evidence in words; stored when a death is recorded
 * @param lockLost whether the owner lives although its lock byte is free: code in its process has
 *     closed a descriptor of the lock file
 */
public record Finding(Verdict verdict, String evidence, boolean lockLost) {
  /**
   * A finding about an owner that has not lost its lock.
   *
   * @param verdict the verdict that follows from the evidence
   * @param evidence the evidence in words
   */
  public Finding(Verdict verdict, String evidence) {
    this(verdict, evidence, false);
  }
}
