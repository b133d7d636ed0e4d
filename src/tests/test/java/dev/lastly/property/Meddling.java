package dev.lastly.property;

import java.util.Comparator;
import java.util.List;

/**
 * What happens on the node in the middle of a function: the races of its owner with itself, with
 * other workers, and with operators. Everything is in one thread, so each race has one known
 * outcome.
 */
final class Meddling implements ModelWorld.Meddler {
  private static final int HEIR_DIES_IN_THE_FUNCTION = 3;

  private static final String UNFINISHED =
      "owner_id = %d AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait')";

  private final Driver driver;
  private final ModelWorld world;

  Meddling(Driver driver) {
    this.driver = driver;
    this.world = driver.world;
  }

  /**
   * The argument of {@link ModelCalls#meddles}: which of four things happens, and in which of 8
   * ways.
   */
  static int what(int how, int kind) {
    return how % 8 * 4 + kind;
  }

  static boolean killsTheHeir(int what) {
    return what == what(HEIR_DIES_IN_THE_FUNCTION, 2);
  }

  @Override
  public void meddle(ModelWorld.Run run, int what) {
    try {
      switch (what % 4) {
        case 0 -> cancelAnother(run, what / 4 % 2 == 0);
        case 1 -> another(run).forEach(driver::reap); // takes nothing: the owner lives
        case 2 -> force(run, what / 4);
        default -> prune(run);
      }
    } catch (Exception | AssertionError e) { // else it would just be a function that failed
      world.problems.add("meddling " + what % 4 + " with " + run.function() + ": " + e);
    }
  }

  private List<ModelWorker> another(ModelWorld.Run run) {
    return world.open().stream()
        .filter(worker -> worker.process() != run.worker().process() && worker.isCapable())
        .limit(1)
        .toList();
  }

  private void cancelAnother(ModelWorld.Run run, boolean ofAnotherJob) throws Exception {
    long job = run.function().job.number();
    List<Tracked> waiting =
        driver.cancellable().stream()
            .filter(f -> !f.key.equals(run.function().key) && f.registrar.equals(run.worker()))
            .filter(f -> f.runs.isEmpty() && !f.cancelled)
            .sorted(Comparator.comparing(f -> (f.job.number() == job) == ofAnotherJob))
            .limit(1)
            .toList();
    for (Tracked f : waiting) {
      driver.cancel(f);
      if (f.cancelled) {
        world.saw(
            f.job.number() == job
                ? "cancelled while its job ends"
                : "cancelled while its owner runs");
      }
    }
  }

  /**
   * A person ends the owner, which lives, and another worker claims what it has, this function
   * included, and perhaps dies over it. Whatever the owner then does must have no effect.
   */
  private void force(ModelWorld.Run run, int how) throws Exception {
    ModelWorker owner = run.worker();
    driver.compare(
        "a function had begun"); // what the owner has just claimed, the heir takes from it
    for (ModelWorker heir : another(run)) {
      if (driver.force(owner)) {
        owner.force();
        if (how > HEIR_DIES_IN_THE_FUNCTION) {
          heir.process().wire().arm(Wire.Trap.KILL_AFTER, 10 + 4 * (how % 4));
        }
        boolean all = driver.reap(heir);
        heir.process().wire().arm(Wire.Trap.NONE, 0);
        driver.compare("an owner was ended by mistake");
        cancelWhatIsClaimed(owner);
        if (driver.count(UNFINISHED, owner.id(), 0) > 0) {
          owner
              .process()
              .kill(); // else it would run them although it has ended: no promise covers that
        } else {
          world.saw(all ? "outcome after the heir's" : "outcome of a lost function");
        }
      }
    }
  }

  private void cancelWhatIsClaimed(ModelWorker owner) throws Exception {
    for (Tracked f : driver.cancellable()) {
      if (f.registrar == owner && !owner.process().isDead() && !owner.isClosed()) {
        driver.cancel(f);
        world.saw(f.runs.isEmpty() ? "cancel after a claim" : "cancel after a run");
      }
    }
  }

  private void prune(ModelWorld.Run run) throws Exception {
    driver.compare("a function had begun");
    for (ModelWorker worker : another(run)) {
      driver.prune(worker);
      world.saw("pruned while a function ran");
    }
  }
}
