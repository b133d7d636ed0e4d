package dev.lastly.testkit;

import dev.lastly.cleanup.Cleanup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tries crash points: kills a worker, runs a recovery, and judges what is left. Thread-safe. */
final class CrashRun {
  private static final long PAUSE_MILLIS = 5;

  private final CrashPlan plan;
  private final CrashTest.Check check;
  private final Path base;
  private final List<Boundary> boundaries;

  CrashRun(CrashPlan plan, CrashTest.Check check, Path base) {
    this.plan = plan;
    this.check = check;
    this.base = base;
    this.boundaries = Boundaries.all(plan.chosen);
  }

  /**
   * Tries one crash point.
   *
   * @param point the boundary at which the worker is killed, from 1; 0 to let it run to its end
   * @param inRecovery the boundary at which the recovery is killed, from 1; 0 to let it run to its
   *     end
   */
  CrashResult at(int point, int inRecovery) throws IOException, InterruptedException {
    String name = "point-" + point + (inRecovery == 0 ? "" : "." + inRecovery);
    Path directory = base.resolve(name);
    Cleanup.deleteTree(directory); // an earlier test may have kept it
    Files.createDirectory(directory);
    boolean keep = plan.directory != null;
    try {
      Attempt attempt = new Attempt(directory, point, inRecovery);
      CrashResult result = attempt.run();
      if (!result.isBad() && attempt.leftChildren && plan.isRecoveryDefault()) {
        Cleanup.deleteTree(directory);
        Files.createDirectory(directory);
        result = new Attempt(directory, point, 0).runBesideSibling(result.recoverySteps());
      }
      keep &= result.isBad();
      return result;
    } finally {
      if (!keep) {
        Cleanup.deleteTree(directory);
      }
    }
  }

  /** One crash point, tried in a directory of its own. For one thread. */
  private final class Attempt {
    private final Path state;
    private final Path world;
    private final Path elsewhere;
    private final Path log;
    private final int point;
    private final int inRecovery;
    private final List<String> problems = new ArrayList<>();
    private final List<ProcessHandle> children = new ArrayList<>();
    private CrashPoint crashPoint = CrashPoint.none();
    private List<World.Function> functions = List.of();
    private int recoverySteps;
    private boolean leftChildren;
    private @Nullable Throwable thrown;

    Attempt(Path directory, int point, int inRecovery) throws IOException {
      this.state = Files.createDirectory(directory.resolve("state"));
      this.world = Files.createDirectory(directory.resolve("world"));
      this.elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
      this.log = Files.createFile(directory.resolve("worker.log"));
      this.point = point;
      this.inRecovery = inRecovery;
    }

    CrashResult run() throws IOException, InterruptedException {
      StateTemplate.copyTo(state);
      try {
        Outcome worker = start(plan.main, plan.arguments, world, point);
        note(worker, point, 0);
        if (point == 0) {
          requireManager();
        }
        leftChildren = point > 0 && inRecovery == 0 && !World.running(children).isEmpty();
        if (problems.isEmpty()) {
          awaitChildren();
          recover();
        }
        if (problems.isEmpty()) {
          judge();
        }
        return result(worker);
      } finally {
        World.running(children).forEach(ProcessHandle::destroyForcibly);
      }
    }

    private CrashResult result(Outcome worker) {
      return new CrashResult(
          crashPoint,
          worker.passed().size(),
          recoverySteps,
          problems.stream().map(this::withPlaceholders).toList(),
          functions,
          thrown);
    }

    /**
     * The same crash beside another worker, which recovers at once. The children of the killed
     * worker may still work then; what they do in their time is judged, too.
     *
     * @param steps what the result says of the recovery's boundaries
     */
    CrashResult runBesideSibling(int steps) throws IOException, InterruptedException {
      StateTemplate.copyTo(state);
      recoverySteps = steps;
      Path output = Files.createFile(elsewhere.resolve("sibling.log"));
      List<String> arguments = List.of("{state}", "{elsewhere}");
      Map<String, Path> places = Map.of("state", state, "elsewhere", elsewhere);
      Process sibling =
          plan.jvm.start(
              new Jvm.Launch(Sibling.class.getName(), arguments, elsewhere, places, output));
      try {
        awaitFile(sibling, elsewhere.resolve(Sibling.READY), output);
        Outcome worker = start(plan.main, plan.arguments, world, point);
        Files.createFile(elsewhere.resolve(Sibling.DEATH));
        note(worker, point, 0);
        boolean ended = sibling.waitFor(plan.jvm.limit().toMillis(), TimeUnit.MILLISECONDS);
        if (!ended || sibling.exitValue() != 0) {
          problems.add("the sibling that recovers failed. It printed:\n" + Jvm.tail(output));
        }
        if (problems.isEmpty()) {
          awaitChildren();
          judge();
        }
        problems.replaceAll(text -> "beside a sibling that recovers at once: " + text);
        return result(worker);
      } finally {
        sibling.destroyForcibly();
        World.running(children).forEach(ProcessHandle::destroyForcibly);
      }
    }

    private void awaitFile(Process maker, Path file, Path output) throws InterruptedException {
      long start = System.nanoTime();
      while (!Files.exists(file)) {
        if (!maker.isAlive() || System.nanoTime() - start > plan.jvm.limit().toNanos()) {
          throw new AssertionError("the sibling did not begin. It printed:\n" + Jvm.tail(output));
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    }

    private Outcome start(String main, List<String> arguments, Path directory, int killAt)
        throws IOException, InterruptedException {
      Map<String, Path> places = Map.of("state", state, "world", world);
      Jvm.Launch program = new Jvm.Launch(main, arguments, directory, places, log);
      Outcome outcome = Debuggee.run(plan.jvm, program, boundaries, killAt);
      children.addAll(outcome.children());
      require(main, outcome, killAt);
      return outcome;
    }

    /** Adds a problem unless the process ended as planned. */
    private void require(String main, Outcome outcome, int killAt) {
      if (outcome.hang() != null) {
        problems.add(
            String.format(
                Locale.ROOT,
                "%s did not end within %s and was killed:\n%s",
                main,
                plan.jvm.limit(),
                outcome.hang()));
      } else if (!outcome.killed() && outcome.exit() != 0) {
        problems.add(
            String.format(
                Locale.ROOT,
                "%s ended by itself with exit status %d. It printed:\n%s",
                main,
                outcome.exit(),
                Jvm.tail(log)));
      } else if (!outcome.killed() && killAt > 0) {
        problems.add(
            String.format(
                Locale.ROOT,
                "it was not reached: %s passed only %d boundaries in this run. A crash test needs a"
                    + " worker that does the same in each run",
                main,
                outcome.passed().size()));
      }
    }

    /** A worker that uses another state directory would pass, whatever it leaves behind. */
    private void requireManager() {
      try {
        if (problems.isEmpty() && !World.hasOwners(StateTemplate.database(state))) {
          problems.add(
              "it has opened no manager in the state directory of the test: open it there; its path"
                  + " is the argument {state} and the system property lastly.testkit.state");
        }
      } catch (SQLException e) {
        problems.add("the database cannot be read: " + e);
      }
    }

    private void note(Outcome outcome, int number, int recovery) {
      Step step = outcome.killedBefore();
      if (number > 0) {
        String text = step == null ? "not killed" : "killed " + outcome.moment();
        List<String> stack = step == null ? List.of() : step.stack();
        crashPoint =
            new CrashPoint(
                number,
                recovery,
                withPlaceholders(recovery == 0 ? text : "recovery " + text),
                stack);
      }
    }

    private void recover() throws IOException, InterruptedException {
      if (inRecovery > 0) {
        Outcome killed = start(plan.recoveryMain, plan.recoveryArguments, elsewhere, inRecovery);
        note(killed, point, inRecovery);
        awaitChildren();
      }
      if (problems.isEmpty()) {
        recoverySteps =
            start(plan.recoveryMain, plan.recoveryArguments, elsewhere, 0).passed().size();
      }
    }

    private void judge() {
      Path database = StateTemplate.database(state);
      try {
        functions = World.functions(database);
        functions.stream().filter(f -> !f.isClean()).forEach(this::reportUnclean);
        StoreInvariants.all().violations(database).forEach(v -> problems.add("broken rule " + v));
      } catch (SQLException e) {
        problems.add("the database cannot be read: " + e);
      }
      try {
        check.check(new World(world, state, crashPoint, functions, World.running(children)));
      } catch (Exception | AssertionError e) { // the check reports what is left behind by throwing
        thrown = e;
        String text = e instanceof AssertionError ? String.valueOf(e.getMessage()) : e.toString();
        problems.add("left behind: " + text.strip());
      }
    }

    private void reportUnclean(World.Function f) {
      problems.add(
          String.format(
              Locale.ROOT,
              "function %d %s is %s after %d attempts%s",
              f.id(),
              f.reference(),
              f.state().columnValue(),
              f.attempts(),
              f.lastError() == null ? "" : ": " + f.lastError()));
    }

    /** Children of the killed process may finish their work before the recovery begins. */
    private void awaitChildren() throws InterruptedException {
      Duration patience = plan.childPatience;
      long start = System.nanoTime();
      while (!World.running(children).isEmpty() && System.nanoTime() - start < patience.toNanos()) {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    }

    private String withPlaceholders(String text) {
      return text.replace(world.toString(), "{world}").replace(state.toString(), "{state}");
    }
  }
}
