package dev.lastly.cli;

import dev.lastly.cli.output.Amounts;
import dev.lastly.internal.store.Salvage;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** Salvages a damaged store, and says what came of it. For one thread. */
final class SalvageChecks {
  private static final String NAME = "salvage";

  private final Path database;
  private final Path target;

  SalvageChecks(Path database, Path target) {
    this.database = database;
    this.target = target;
  }

  /** Salvages when it is called. */
  Stream<CheckResult> all() {
    var salvaged = Salvage.run(database, target.toAbsolutePath());
    return salvaged.isEmpty()
        ? Stream.of(CheckResult.fail(NAME, "nothing is left of " + database))
        : salvaged.stream().map(SalvageChecks::describe);
  }

  private static CheckResult describe(Salvage.Salvaged one) {
    if (one.functions() < 0) {
      return CheckResult.fail(
          NAME,
          String.format(
              Locale.ROOT,
              "SQLite cannot read what is left, %s: %s; try .recover of sqlite3 on that file",
              one.directory().resolve("deferred.db"),
              one.problem()));
    }
    Path base = one.directory().getParent();
    String text =
        String.format(
            Locale.ROOT,
            "%s holds %s, %d of them unfinished; %s. To look: lastly list --state-dir %s. To run"
                + " what is left, after all workers of the damaged store have ended: lastly reap"
                + " --state-dir %s",
            base,
            Amounts.count(one.functions(), "function", "functions"),
            one.unfinished(),
            missing(one.missing()),
            base,
            base);
    if (!one.problem().isEmpty()) {
      return CheckResult.fail(
          NAME,
          text
              + ". Not all could be read: "
              + one.problem()
              + ". If "
              + one.directory().resolve("unread.db")
              + " is there, .recover of sqlite3 may get more out of it");
    }
    return one.missing() == 0 ? CheckResult.ok(NAME, text) : CheckResult.warn(NAME, text);
  }

  private static String missing(long missing) {
    return missing == 0
        ? "as far as is known, no acknowledged function is missing"
        : Amounts.count(missing, "acknowledged function is", "acknowledged functions are")
            + " missing";
  }
}
