package dev.lastly.internal.owner;

import dev.lastly.model.Verdict;

/**
 * What an examination of an owner found.
 *
 * @param verdict what follows from the evidence
 * @param evidence what was seen, in words: stored with a claim
 * @param lockLost whether the owner lives although its lock byte is free: something in its process
 *     has closed a descriptor of the lock file
 */
public record Finding(Verdict verdict, String evidence, boolean lockLost) {
  /**
   * A finding about an owner whose lock is as it should be.
   *
   * @param verdict what follows from the evidence
   * @param evidence what was seen, in words
   */
  public Finding(Verdict verdict, String evidence) {
    this(verdict, evidence, false);
  }
}
