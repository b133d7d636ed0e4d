package dev.lastly.report;

/**
 * How much of a database a page shows. The page says how much it leaves out. The figures at its top
 * cover everything.
 */
final class Limits {
  /** The newest functions, in any state. */
  static final int FUNCTIONS = 10_000;

  /**
   * Older unfinished functions, and as many quarantined ones, and unconfirmed ones; the oldest are
   * taken first.
   */
  static final int OLDER_OPEN_FUNCTIONS = 2_000;

  /** Functions whose history is read one by one. */
  static final int LIVES = 2_000;

  /** Owners that have ended for certain; all others are read. */
  static final int OWNERS = 2_000;

  /** Nodes of a fleet: first those that have not ended, then the newest. */
  static final int NODES = 200;

  /** Owners that are drawn. */
  static final int LANES = 30;

  /** Lines of a table of groups; one more line sums up the rest. */
  static final int GROUPS = 25;

  /** Characters of a text in the table of functions; the database has the whole text. */
  static final int ARGUMENTS_TEXT = 160;

  static final int ERROR_TEXT = 240;

  /** Why a function waits, and what helps: a command line must not be cut. */
  static final int REASON_TEXT = 800;

  static final int STACK_TEXT = 2_000;

  /** Characters of the table of functions; the oldest functions beyond it are left out. */
  static final int TABLE_LENGTH = 1_400_000;

  /** Characters of the histories in the page. */
  static final int LIVES_LENGTH = 250_000;

  private Limits() {}
}
