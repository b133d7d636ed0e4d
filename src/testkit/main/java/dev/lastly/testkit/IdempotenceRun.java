package dev.lastly.testkit;

import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.internal.sqlite.SqliteFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The calls of one {@link IdempotenceCheck}, and the comparison of what they leave. */
final class IdempotenceRun {
  private final IdempotenceCheck check;

  IdempotenceRun(IdempotenceCheck check) {
    this.check = check;
  }

  /** Checks each function, and passes on what is wrong with it. */
  void forEach(IdempotenceCheck.RegisteringWorker worker, Consumer<List<String>> problems) {
    try {
      Path work = Files.createTempDirectory("lastly-idempotence-");
      try {
        for (FunctionCall call : asRows(worker, work)) {
          problems.accept(new OneFunction(call, work).check());
        }
      } finally {
        Cleanup.deleteTree(work);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("an idempotence check could not make its files", e);
    } catch (SQLException e) {
      throw new IllegalStateException("an idempotence check could not read its database", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("the idempotence check was interrupted", e);
    }
  }

  /** Registers the functions as a worker that then dies, and reads the calls from their rows. */
  private static List<FunctionCall> asRows(IdempotenceCheck.RegisteringWorker worker, Path work)
      throws IOException, SQLException {
    Path base = work.resolve("state");
    StateTemplate.copyTo(base);
    try (TestNode node = TestNode.open(base)) {
      register(worker, node.worker("registrar").openJob("registrations"));
      List<FunctionCall> calls = read(StateTemplate.database(base));
      if (calls.isEmpty()) {
        throw new AssertionError("no function is registered, so there is nothing to check");
      }
      return calls;
    }
  }

  private static void register(IdempotenceCheck.RegisteringWorker worker, JobContext job) {
    try {
      worker.register(job);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // the user's code may throw anything; there is nothing to check then
      throw new IllegalStateException("the functions cannot be registered: " + e, e);
    }
  }

  private static List<FunctionCall> read(Path database) throws SQLException {
    List<FunctionCall> calls = new ArrayList<>();
    try (Connection connection = SqliteFile.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT function, class_digest, name, arguments FROM function_call
                WHERE state = 'deferred' ORDER BY id
                """)) {
      while (row.next()) {
        calls.add(
            new FunctionCall(
                row.getString(1), row.getString(2), row.getString(3), row.getString(4)));
      }
    }
    return calls;
  }

  /** The check of one function. For one thread. */
  private final class OneFunction {
    private final FunctionCall call;
    private final Path file;
    private final Path elsewhere;
    private final Path log;
    private final List<String> problems = new ArrayList<>();

    OneFunction(FunctionCall call, Path work) throws IOException {
      this.call = call;
      this.file = work.resolve("call");
      this.elsewhere = Files.createDirectories(work.resolve("elsewhere"));
      this.log = work.resolve("log");
      call.write(file);
    }

    /** What is wrong, as one text; empty if nothing is. */
    List<String> check() throws IOException, InterruptedException {
      prepare();
      Outcome once = call(1, 0);
      @Nullable String failure = failure(once);
      if (failure != null) {
        return List.of(call.reference() + " fails although nothing disturbs it: " + failure);
      }
      if (once.passed().size() > check.maxSteps()) {
        return List.of(
            String.format(
                Locale.ROOT,
                "%s has %d steps, more than the %d of atMost: raise atMost, or give the function"
                    + " less to do",
                call.reference(),
                once.passed().size(),
                check.maxSteps()));
      }
      Object expected = check.look();
      prepare();
      compare("called twice", call(2, 0), expected);
      for (int step = 1; step <= once.passed().size(); step++) {
        interrupt(step, expected);
      }
      return problems.isEmpty()
          ? List.of()
          : List.of(call.reference() + " is not idempotent.\n" + String.join("\n", problems));
    }

    private void interrupt(int step, Object expected) throws IOException, InterruptedException {
      prepare();
      Outcome killed = call(1, step);
      String what = "killed at step " + step;
      if (!killed.killed()) {
        problems.add(
            "  "
                + what
                + ": it took fewer steps in this run; a function must do the same in each run");
        return;
      }
      compare(what + ", " + inShort(killed.moment()) + ", and called again", call(1, 0), expected);
    }

    private void compare(String what, Outcome outcome, Object expected) throws IOException {
      @Nullable String failure = failure(outcome);
      Object found = check.look();
      if (failure != null) {
        problems.add("  " + what + ": it fails: " + failure);
      } else if (!Objects.equals(expected, found)) {
        problems.add(
            String.format(Locale.ROOT, "  %s:\n    %s", what, difference(expected, found)));
      }
    }

    private Outcome call(int times, int killAt) throws IOException, InterruptedException {
      Files.deleteIfExists(log);
      List<String> arguments = List.of(Integer.toString(times), file.toString());
      String main = FunctionCall.class.getName();
      Jvm.Launch program = new Jvm.Launch(main, arguments, elsewhere, Map.of(), log);
      return Debuggee.run(check.jvm(), program, check.boundaries(), killAt);
    }

    private @Nullable String failure(Outcome outcome) {
      if (outcome.hang() != null) {
        return String.format(
            Locale.ROOT, "it did not end within %s:\n%s", check.jvm().limit(), outcome.hang());
      }
      return outcome.exit() == 0
          ? null
          : String.format(
              Locale.ROOT,
              "exit status %d\n    %s",
              outcome.exit(),
              inShort(indented(Jvm.tail(log))));
    }

    private String indented(String text) {
      return text.replace("\n", "\n    ");
    }

    private String inShort(String text) {
      return text.replace(check.directory().toString(), "{directory}");
    }

    private String difference(Object expected, Object found) {
      return indented(
          expected instanceof TreeSnapshot before && found instanceof TreeSnapshot after
              ? before.difference(after)
              : "it is " + found + " instead of " + expected);
    }

    private void prepare() throws IOException, InterruptedException {
      List<Path> entries;
      try (Stream<Path> list = Files.list(check.directory())) {
        entries = list.toList();
      }
      for (Path entry : entries) {
        Cleanup.deleteTree(entry);
      }
      try {
        check.prepare();
      } catch (Exception e) { // the user's code may throw anything; there is nothing to check then
        throw new IllegalStateException("the world cannot be prepared: " + e, e);
      }
    }
  }
}
