package dev.lastly.cli;

/** Ends a command with a message for the person, and an exit status. */
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  private CommandException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The person has to say something else. */
  static CommandException usage(String message) {
    return new CommandException(ExitStatus.USAGE, message);
  }

  /** It was not done, and the person has to look. */
  static CommandException look(String message) {
    return new CommandException(ExitStatus.LOOK, message);
  }

  /** What the command needs is not there. */
  static CommandException unusable(String message) {
    return new CommandException(ExitStatus.UNUSABLE, message);
  }

  /** With a status of its own, as of a program that was to be run. */
  static CommandException of(int status, String message) {
    return new CommandException(status, message);
  }

  int status() {
    return status;
  }
}
