package dev.lastly.cli;

/** Ends a command with a message for the user and an exit status. */
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  private CommandException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The command line is wrong. */
  static CommandException usage(String message) {
    return new CommandException(ExitStatus.USAGE, message);
  }

  /** The command was not carried out, and the user has to look at the cause. */
  static CommandException look(String message) {
    return new CommandException(ExitStatus.LOOK, message);
  }

  /** Something that the command needs cannot be used. */
  static CommandException unusable(String message) {
    return new CommandException(ExitStatus.UNUSABLE, message);
  }

  /** Another exit status, such as that of a program that could not be run. */
  static CommandException of(int status, String message) {
    return new CommandException(status, message);
  }

  int status() {
    return status;
  }
}
