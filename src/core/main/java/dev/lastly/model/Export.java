package dev.lastly.model;

/** The contents and formats of exports for other programs. */
public final class Export {
  private Export() {}

  /** The rows to export. */
  public enum What {
    /** Every function with its attempts, by id. */
    FUNCTIONS,
    /** The feed of events, in its order: see {@link Event}. */
    EVENTS
  }

  /** The text format of an export. */
  public enum Format {
    /** JSON Lines: one object per line; a function's object holds its attempts as an array. */
    JSONL,
    /**
     * CSV as in RFC 4180, with a line of column names; a function has one line per attempt, or one
     * line if it has no attempt.
     */
    CSV
  }
}
