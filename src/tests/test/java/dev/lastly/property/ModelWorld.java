package dev.lastly.property;

import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The model: which owners live, what was promised, what has run. It judges each run when it begins,
 * because later it is not known which owners were alive. For one thread.
 */
final class ModelWorld {
  private static @Nullable ModelWorld current;

  final FakeNode node = new FakeNode();
  final List<ModelWorker> workers = new ArrayList<>(); // every owner there ever was
  final Map<String, Tracked> functions = new LinkedHashMap<>();
  final List<String> problems = new ArrayList<>();
  private final Order order;
  private final Map<String, Integer> lastStarted = new LinkedHashMap<>();
  private final Map<ModelWorker, Integer> diedIn = new LinkedHashMap<>();
  private final Set<String> seen = new TreeSet<>();
  private @Nullable ModelWorker actor;
  private Meddler meddler = (run, what) -> {};
  private long actionBegan;
  private int action;
  private int deaths;

  ModelWorld(Order order) {
    this.order = order;
    current = this;
  }

  static ModelWorld current() {
    return Objects.requireNonNull(current, "no world");
  }

  /** One execution of a function. */
  record Run(
      ModelWorld world,
      Tracked function,
      ModelWorker worker,
      int number,
      int action,
      int failures) {
    void returned() {
      function.returned = this;
    }

    /** Whether the outcome may never have been recorded, so that P4 does not hold. */
    boolean mayBeForgotten() {
      boolean writesFailed = worker.process().wire().failures() > failures;
      return worker.isForced()
          || (worker.hasEnded() && writesFailed)
          || world.diedIn.getOrDefault(worker, 0) == action;
    }
  }

  /** An action of a worker, during which it may die, or its disk be full for a moment. */
  interface Act {
    void run();
  }

  /** What happens on the node while a function runs. */
  interface Meddler {
    void meddle(Run run, int what);
  }

  void meddler(Meddler value) {
    meddler = value;
  }

  void meddle(Run run, int what) {
    meddler.meddle(run, what);
  }

  /** Notes that a case was reached, for the statistics. */
  void saw(String what) {
    seen.add(what);
  }

  Set<String> seen() {
    return seen;
  }

  /** When the present action began: what it writes is not older. */
  long actionBegan() {
    return actionBegan;
  }

  void nextAction() {
    action++;
    actionBegan = node.now();
  }

  /** Runs it; true if nothing went wrong, so that all its promises can be asked for. */
  boolean act(ModelWorker worker, Act act) {
    ModelWorker outer = actor; // another worker may act while a function of this one runs
    actor = worker;
    int failures = worker.process().wire().failures();
    boolean clean = true;
    try {
      act.run();
    } catch (StoreException | ModelCalls.Killed e) {
      clean = false;
      if (!worker.process().isDead()
          && !worker.isForced()
          && worker.process().wire().failures() == failures) {
        problems.add("the store failed, although nothing was wrong with it: " + e);
      }
    } finally {
      actor = outer;
    }
    recordDeaths();
    return clean
        && !worker.isForced()
        && !worker.process().isDead()
        && worker.process().wire().failures() == failures;
  }

  /** Processes that have died since the last call leave their pools behind. */
  void recordDeaths() {
    for (ModelWorker worker : workers) {
      if (worker.process().isDead() && diedIn.putIfAbsent(worker, action) == null) {
        deaths++;
        worker.bury();
      }
    }
  }

  /** Whether it has ended in the present action, perhaps after another has looked for deaths. */
  boolean hasJustEnded(ModelWorker worker) {
    return worker.isForced() || diedIn.getOrDefault(worker, 0) == action;
  }

  /** How many functions were run by an owner that did not register them. */
  long claims() {
    return functions.values().stream().filter(f -> f.owner != f.registrar).count();
  }

  int deaths() {
    return deaths;
  }

  List<ModelWorker> living() {
    return workers.stream().filter(worker -> !worker.hasEnded()).toList();
  }

  List<ModelWorker> open() {
    return living().stream().filter(worker -> !worker.isClosing()).toList();
  }

  List<ModelWorker.OpenJob> openJobs() {
    return open().stream().flatMap(worker -> worker.jobs().stream()).toList();
  }

  /** A function begins. */
  Run runs(String key) {
    Tracked function = Objects.requireNonNull(functions.get(key), key);
    ModelWorker worker = Objects.requireNonNull(actor, "a function runs although no worker acts");
    Run run =
        new Run(
            this,
            function,
            worker,
            function.runs.size() + 1,
            action,
            worker.process().wire().failures());
    judge(run);
    function.runs.add(run);
    return run;
  }

  private void judge(Run run) {
    Tracked f = run.function();
    if (run.worker() != f.owner && !f.owner.hasEnded()) {
      problems.add("P2: " + run.worker() + " runs " + f + ", whose owner lives");
    }
    if (f.waitsForItsJob()) {
      problems.add("P2: " + f + " runs before its job has ended");
    }
    if (f.cancelled) {
      problems.add("cancelled, yet it runs: " + f);
    }
    if (f.rare && !run.worker().isCapable()) {
      problems.add("P8: " + run.worker() + " may not call " + f);
    }
    if (run.worker().isForced()) { // all that it had was claimed
      problems.add("P2: " + run.worker() + " has been ended and runs " + f);
    }
    Long due = f.notBefore;
    if (due != null && f.runs.size() == f.attempts) { // no attempt since the last comparison
      saw("retry");
      if (due > node.now()) {
        problems.add("run at %d, before its retry is due: %s".formatted(node.now(), f));
      }
    }
    if (run.worker() != f.registrar) {
      saw(f.rare ? "claimed by one who can" : "claimed");
    }
    Run before = f.returned;
    if (f.done || (before != null && !before.mayBeForgotten())) {
      problems.add("P4: " + f + " runs again after it has returned");
    }
    order(run, "action " + action);
    if (f.attempts == 0) { // else it may be a retry of an attempt that was cut off at once
      order(run, "first runs");
    }
    f.owner = run.worker();
  }

  /**
   * P5: within one pass, and among all first runs, each is next in order to the one before. What
   * was claimed from two owners, because not every worker can call all of a job, is two passes.
   */
  private void order(Run run, String among) {
    Tracked f = run.function();
    Integer last =
        lastStarted.put(
            "%d by %d from %d, %s"
                .formatted(f.job().number(), run.worker().id(), f.owner.id(), among),
            f.sequence);
    if (last != null && (order == Order.NEWEST_FIRST ? last <= f.sequence : last >= f.sequence)) {
      problems.add("P5: %s runs after function %d of its job".formatted(f, last));
    }
  }
}
