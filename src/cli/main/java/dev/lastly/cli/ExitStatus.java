package dev.lastly.cli;

/** What the program's exit status says. */
final class ExitStatus {
  /** All is well. */
  static final int FINE = 0;

  /** Something needs a person's eye, or a command was refused. */
  static final int LOOK = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  /** The state directory, or something else that the command needs, cannot be used. */
  static final int UNUSABLE = 3;

  private ExitStatus() {}
}
