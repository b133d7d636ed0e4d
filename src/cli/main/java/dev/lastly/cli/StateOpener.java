package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.Operator;
import dev.lastly.cli.output.Times;
import dev.lastly.model.DatabaseCopy;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Opens a state directory to look at it, and says so if it is a copy that is looked at. */
final class StateOpener {
  private final Lastly lastly;

  StateOpener(Lastly lastly) {
    this.lastly = lastly;
  }

  /** Opens it to read it once. */
  Inspector inspector() {
    Inspector inspector = lastly.inspect();
    tell(inspector.database(), inspector.copy());
    return inspector;
  }

  /**
   * Opens it to read it again and again.
   *
   * @param instead what the user can do if only a copy can be read
   */
  Inspector inspectorToFollow(String instead) {
    Inspector inspector = lastly.inspect();
    if (inspector.copy().isEmpty()) {
      return inspector;
    }
    Path database = inspector.database();
    inspector.close();
    throw CommandException.unusable(
        String.format(
            Locale.ROOT,
            "this user can read %s but not write it, so lastly would read a copy, which does not"
                + " change; %s, or run lastly as the workers' user",
            database,
            instead));
  }

  /** Opens it to export or copy it. */
  Operator operator() {
    Operator operator = lastly.operate();
    tell(lastly.stateDir(), operator.copy());
    return operator;
  }

  private void tell(Path what, Optional<DatabaseCopy> copy) {
    copy.ifPresent(
        made ->
            lastly
                .terminal()
                .err()
                .println(
                    String.format(
                        Locale.ROOT,
                        "lastly: read from a copy of %s as it was at %s, because SQLite cannot"
                            + " write there",
                        what,
                        Times.local(made.at()))));
  }
}
