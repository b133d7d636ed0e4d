package dev.lastly.cli;

import dev.lastly.cli.output.Cells;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** Checks whether Lastly works on this machine and in a state directory. */
@Command(
    name = "doctor",
    description = {
      "Check this machine and the state directory, and say how to correct what is wrong.",
      "It checks the JVM, the clock, the boot id and the pid namespace, the file system, free space"
          + " and permissions, locks between two processes, SQLite and its native library, the"
          + " integrity of the database, and its invariants. It writes only a scratch file, for the"
          + " lock test. Exits with 1 if a check is not ok."
    })
final class DoctorCommand implements Callable<Integer> {
  private final Lastly lastly;
  private CheckResult.Severity worst = CheckResult.Severity.OK;

  DoctorCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    Path stateDir = lastly.stateDir();
    Path directory = stateDir.resolve(dev.lastly.DeferredFunctionManager.STATE_DIR_STEM);
    Stream.of(
            new MachineChecks(lastly.environment()).all(),
            new DirectoryChecks(directory).all(),
            new LockChecks(directory).all(),
            new StoreChecks(lastly).all())
        .flatMap(checks -> checks)
        .forEach(this::tell);
    return worst == CheckResult.Severity.OK ? ExitStatus.FINE : ExitStatus.LOOK;
  }

  private void tell(CheckResult check) {
    worst = check.level().compareTo(worst) > 0 ? check.level() : worst;
    if (lastly.json()) {
      lastly.print(
          new JsonObject()
              .put("check", check.name())
              .put("level", check.level())
              .put("text", check.text()));
      return;
    }
    Style style =
        switch (check.level()) {
          case OK -> Style.GOOD;
          case WARN -> Style.WARNING;
          case FAIL -> Style.BAD;
        };
    boolean colours = lastly.terminal().colours();
    String level = check.level().name().toLowerCase(Locale.ROOT);
    // Not cut to the width: the advice at the end of the line matters most.
    lastly
        .terminal()
        .out()
        .println(
            style.on(Cells.pad(level, 4, false), colours)
                + "  "
                + Cells.pad(check.name(), 11, false)
                + "  "
                + Cells.clean(check.text()));
    lastly.terminal().out().flush();
  }
}
