package dev.lastly.cli;

import dev.lastly.cleanup.ProcessId;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A worker registers clean-up and is killed with SIGKILL; another worker runs it. Prints each step,
 * with the rows before and after.
 *
 * <p>Exits with 0 if everything was cleaned up, else with 1 and the reason on standard error. It
 * works in a temporary directory, which it removes in both cases. Linux only: it starts {@code
 * sleep} and reads {@code /proc}.
 */
public final class Demo {
  /** For the test that the demonstration can fail: no worker cleans up after the killed one. */
  static final String WITHOUT_SECOND_WORKER = "--without-second-worker";

  private static final String FUNCTIONS =
      """
      SELECT id, state, name, owner_id, owner_pid, owner_boot_id, attempts, arguments
      FROM function_call ORDER BY id
      """;
  private static final String OWNERS =
      "SELECT id, label, pid, end_reason, ended_by, evidence FROM owner_timeline ORDER BY id";
  private static final String CLAIMS =
      """
      SELECT from_owner, to_owner, rows, claimed_at - ${start} AS at_ms, verdict, evidence
      FROM claim ORDER BY id
      """;
  private static final String ATTEMPTS =
      """
      SELECT function_id, number, owner_id, started_at - ${start} AS from_ms,
             finished_at - ${start} AS to_ms, outcome, error
      FROM function_attempt ORDER BY function_id DESC, number
      """;

  private final Narrator narrator;
  private final DemoStage stage;
  private final DemoRows rows;

  private Demo(Narrator narrator, DemoStage stage, DemoRows rows) {
    this.narrator = narrator;
    this.stage = stage;
    this.rows = rows;
  }

  /**
   * Runs the demonstration and exits.
   *
   * @param args none
   */
  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    boolean cleanedUp = false;
    try {
      cleanedUp = show(out, hasSecondWorker(args));
    } catch (Exception e) { // any failure is the demonstration's
      System.err.println("The demonstration failed: " + e);
    }
    System.exit(cleanedUp ? 0 : 1);
  }

  /** Runs the demonstration; true if everything was cleaned up. */
  static boolean show(PrintStream out, boolean secondWorker) throws Exception {
    try (DemoStage stage = DemoStage.open()) {
      Narrator narrator = new Narrator(out);
      DemoRows rows = new DemoRows(stage, narrator.startMillis());
      return new Demo(narrator, stage, rows).run(secondWorker);
    }
  }

  /** Throws IllegalArgumentException for an unknown argument. */
  static boolean hasSecondWorker(String[] args) {
    for (String arg : args) {
      if (!arg.equals(WITHOUT_SECOND_WORKER)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "the demonstration takes no argument but %s; one of %d characters was given",
                WITHOUT_SECOND_WORKER,
                arg.length()));
      }
    }
    return args.length == 0;
  }

  private boolean run(boolean secondWorker) throws Exception {
    narrator.title("Lastly: a finally block that survives kill -9");
    narrator.say("$DIR is " + stage.directory() + ", made for this demonstration.");
    narrator.say("The rows are read with plain SQL from $DIR/deferred/deferred.db.");
    narrator.say("Times are counted from the start; boot ids are cut short.");
    ProcessId child = takeOnCleanUp();
    if (secondWorker) {
      recover();
    }
    return check(child);
  }

  private ProcessId takeOnCleanUp() throws Exception {
    narrator.act("1. A worker takes on two clean-ups");
    DemoProcess worker = stage.start(DemoWorker.FIRST);
    narrator.event("worker 1 starts: process " + worker.pid());
    narrator.event(
        "it is owner " + worker.answer("owner") + " and holds the lock byte of that number");
    narrator.event("it opens the job '" + worker.answer("job") + "' and defers two calls:");
    ProcessId child = ProcessId.of(Long.parseLong(worker.answer("child")));
    stage.killAtTheEnd(child);
    narrator.detail("Cleanup::deleteTree   for $DIR/scratch, which it fills with files");
    narrator.detail("Processes::terminate  for its child 'sleep', process " + child.pid());
    narrator.rows("function_call", rows.query(FUNCTIONS));
    narrator.conclude("Both rows are on the disk. Each names its owner by pid and boot id.");

    narrator.act("2. kill -9 " + worker.pid());
    worker.kill();
    narrator.event("worker 1 is dead: it ran no finally block and no shutdown hook");
    narrator.event("the scratch tree is " + (stage.scratchExists() ? "still there" : "gone"));
    narrator.event("the child is " + (stage.isRunning(child) ? "still running" : "gone"));
    narrator.conclude("The rows are as they were. The kernel has freed the lock byte of worker 1.");
    return child;
  }

  private void recover() throws Exception {
    narrator.act("3. Another worker opens a job in the same directory");
    DemoProcess worker = stage.start(DemoWorker.SECOND);
    narrator.event("worker 2 starts: process " + worker.pid());
    narrator.event("it is owner " + worker.answer("owner"));
    narrator.event("it opens the job '" + worker.answer("job") + "'. Before that, it");
    narrator.detail("examines owner 1: lock byte free, process gone, so it is DEAD");
    narrator.detail("claims and begins each function, in one transaction, newest first");
    narrator.detail("runs it");
    worker.awaitEnd();
    narrator.event("worker 2 has closed its manager and ended");
    narrator.rows("function_call: the rows have a new owner", rows.query(FUNCTIONS));
    narrator.rows("owner_timeline: who was there, and how each ended", rows.query(OWNERS));
    narrator.rows("claim: which owner took over from which, on what evidence", rows.query(CLAIMS));
    narrator.rows("attempt: each execution", rows.query(ATTEMPTS));
  }

  private boolean check(ProcessId child) throws Exception {
    narrator.act("What is left");
    boolean tree = stage.scratchExists();
    boolean process = stage.isRunning(child);
    long unfinished = rows.number("SELECT count(*) FROM deferred_function WHERE state <> 'done'");
    narrator.event("the scratch tree is " + (tree ? "STILL THERE" : "gone"));
    narrator.event("the child is " + (process ? "STILL RUNNING" : "gone"));
    narrator.event("functions that are not done: " + unfinished);
    boolean cleanedUp = !tree && !process && unfinished == 0;
    if (cleanedUp) {
      narrator.conclude("Everything that worker 1 had promised to clean up is cleaned up.");
    } else {
      System.err.println("The demonstration failed: worker 1 was not cleaned up after, see above");
    }
    return cleanedUp;
  }
}
