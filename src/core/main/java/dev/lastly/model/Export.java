package dev.lastly.model;

/** What can be written out for other programs, and how. */
public final class Export {
  private Export() {}

  /** What is written out. */
  public enum What {
    /** Every function with its attempts, by id. */
    FUNCTIONS,
    /** The feed of events, in its order: see {@link Event}. */
    EVENTS
  }

  /** How it is written. */
  public enum Format {
    /** JSON Lines: one object in each line; attempts are an array in their function's. */
    JSONL,
    /**
     * CSV as in RFC 4180, with a line of column names; a function has a line for each attempt, and
     * one if it has none.
     */
    CSV
  }
}
