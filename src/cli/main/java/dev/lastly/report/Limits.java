package dev.lastly.report;

/**
 * How much of a database a page shows. What is left out is counted on the page; nothing of the
 * figures at its top is left out.
 */
final class Limits {
  /** The newest functions, finished or not. */
  static final int FUNCTIONS = 10_000;

  /** Older ones that are unfinished, and as many that are quarantined; the oldest first. */
  static final int OLDER_OPEN_FUNCTIONS = 2_000;

  /** Functions that are read one by one, because something happened to them. */
  static final int LIVES = 2_000;

  /** Owners: those that are open, and the newest of the rest. */
  static final int OWNERS = 2_000;

  /** Owners that are drawn. */
  static final int LANES = 30;

  /** Lines of a table of groups; what is left is one more line. */
  static final int GROUPS = 25;

  /** Characters of the texts in the table of functions: they are whole in the database. */
  static final int ARGUMENTS_TEXT = 160;

  static final int ERROR_TEXT = 240;

  static final int STACK_TEXT = 2_000;

  /** Characters of the table of functions in the page: the oldest that are over are left out. */
  static final int TABLE_LENGTH = 1_400_000;

  /** Characters of the lives in the page. */
  static final int LIVES_LENGTH = 250_000;

  private Limits() {}
}
