package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.Times;
import dev.lastly.cli.view.Concern;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.model.DatabaseCopy;
import dev.lastly.model.LastlyException;
import dev.lastly.model.Status;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The doctor's checks of the database. */
final class StoreChecks {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Lastly lastly;

  StoreChecks(Lastly lastly) {
    this.lastly = lastly;
  }

  Stream<CheckResult> all() {
    List<CheckResult> checks = new ArrayList<>();
    try (Inspector inspector = lastly.inspect()) {
      inspector
          .copy()
          .ifPresent(
              copy ->
                  checks.add(
                      CheckResult.ok(
                          "database",
                          "read as a copy of "
                              + Times.local(copy.at())
                              + ", because SQLite cannot write beside it")));
      Status status = inspector.status();
      checks.add(
          CheckResult.ok(
              "sqlite",
              String.format(
                  Locale.ROOT,
                  "SQLite %s, schema version %d, database %s, log %s",
                  status.sqliteVersion(),
                  status.schemaVersion(),
                  Amounts.bytes(status.databaseBytes()),
                  Amounts.bytes(status.walBytes()))));
      checks.add(nativeLibrary());
      checks.add(integrity(inspector));
      checks.add(oracle(inspector));
      checks.addAll(health(status));
    } catch (LastlyException e) {
      checks.add(CheckResult.fail("database", String.valueOf(e.getMessage())));
    }
    return checks.stream();
  }

  private static CheckResult nativeLibrary() {
    return SqliteFile.library()
        .map(library -> CheckResult.ok("native", "loaded from " + library))
        .orElseGet(
            () ->
                CheckResult.warn(
                    "native",
                    "the SQLite driver has no native library for this platform; it loaded the"
                        + " system's"));
  }

  private static CheckResult integrity(Inspector inspector) {
    List<String> damage = inspector.integrity();
    return damage.isEmpty()
        ? CheckResult.ok("integrity", "no damage in the file")
        : CheckResult.fail(
            "integrity",
            Amounts.count(damage.size(), "problem", "problems")
                + " in the file, the first: "
                + damage.get(0)
                + "; stop all workers, keep a copy of all files, and restore a backup");
  }

  private static CheckResult oracle(Inspector inspector) {
    try {
      List<StoreInvariants.Violation> broken = StoreInvariants.all().violations(file(inspector));
      int rules = StoreInvariants.all().names().size();
      return broken.isEmpty()
          ? CheckResult.ok("rules", rules + " rules hold")
          : CheckResult.fail(
              "rules",
              String.format(
                  Locale.ROOT,
                  "%d of %d rules do not hold, the first: %s; report this, unless you changed rows"
                      + " with the triggers off",
                  broken.size(),
                  rules,
                  broken.get(0)));
    } catch (SQLException e) {
      return CheckResult.fail("rules", "cannot be checked: " + e.getMessage());
    }
  }

  private static Path file(Inspector inspector) {
    return inspector.copy().map(DatabaseCopy::file).orElse(inspector.database());
  }

  private static List<CheckResult> health(Status status) {
    List<CheckResult> checks = new ArrayList<>();
    for (Concern concern : Health.concerns(status, Instant.now(), PATIENCE)) {
      checks.add(CheckResult.warn("state", concern.text()));
    }
    if (checks.isEmpty()) {
      checks.add(CheckResult.ok("state", "nothing to look at"));
    }
    return checks;
  }
}
