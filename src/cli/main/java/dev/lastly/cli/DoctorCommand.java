package dev.lastly.cli;

import dev.lastly.cli.output.Cells;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks whether Lastly works on this machine and in a state directory. */
@Command(
    name = "doctor",
    description = {
      "Check this machine and the state directory, and say how to correct what is wrong.",
      "It checks the JVM, the clock, the boot id and the pid namespace, the file system, free space"
          + " and permissions, locks between two processes, SQLite and its native library, the"
          + " integrity of the database, and its invariants. It writes only a scratch file, for the"
          + " lock test. Exits with 1 if a check is not ok.",
      "With --salvage, it gets out of a damaged store what can be read, into a state directory of"
          + " its own, and changes nothing else. Look at that with lastly list --state-dir, and run"
          + " what is left with lastly reap --state-dir."
    })
final class DoctorCommand implements Callable<Integer> {
  private final Lastly lastly;
  private CheckResult.Severity worst = CheckResult.Severity.OK;

  @Option(
      names = "--salvage",
      paramLabel = "DIR",
      description = "Get out of a damaged store what can be read, into this new directory.")
  private @Nullable Path salvage;

  DoctorCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    Path stateDir = lastly.stateDir();
    Path directory = stateDir.resolve(dev.lastly.DeferredFunctionManager.STATE_DIR_STEM);
    Stream<CheckResult> checks =
        salvage == null
            ? Stream.of(
                    new MachineChecks(lastly.environment()).all(),
                    new DirectoryChecks(directory).all(),
                    new LockChecks(directory).all(),
                    new StoreChecks(lastly).all())
                .flatMap(some -> some)
            : new SalvageChecks(directory.resolve("deferred.db"), salvage).all();
    checks.forEach(this::tell);
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
