package dev.lastly.cli;

/** The exit statuses of the program. */
final class ExitStatus {
  /** The command succeeded, and nothing needs attention. */
  static final int FINE = 0;

  /** Something needs an operator, or a command was refused. */
  static final int LOOK = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  /** The state directory, or something else that the command needs, cannot be used. */
  static final int UNUSABLE = 3;

  private ExitStatus() {}
}
