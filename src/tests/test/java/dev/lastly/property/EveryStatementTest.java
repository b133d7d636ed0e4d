package dev.lastly.property;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.Order;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One history for each operation of a worker, in which its n-th statement fails, or only seems to
 * fail, or is its last one: for every n from 0, until the operation needs fewer statements.
 */
@Tag("campaign")
class EveryStatementTest {
  private static final ModelStep OPEN = new ModelStep(ModelStep.Kind.OPEN, 1, 0);
  private static final ModelStep JOB = new ModelStep(ModelStep.Kind.OPEN_JOB, 0, 0);
  private static final ModelStep DEFER = new ModelStep(ModelStep.Kind.DEFER, 0, 0);
  private static final ModelStep DEFER_RARE = new ModelStep(ModelStep.Kind.DEFER, 0, 3);
  private static final ModelStep DEFER_FAILING = new ModelStep(ModelStep.Kind.DEFER, 1, 4);
  private static final ModelStep CANCEL = new ModelStep(ModelStep.Kind.CANCEL, 0, 0);
  private static final ModelStep END = new ModelStep(ModelStep.Kind.CLOSE_JOB, 0, 0);
  private static final ModelStep CRASH = new ModelStep(ModelStep.Kind.CRASH, 0, 0);
  private static final ModelStep REAP = new ModelStep(ModelStep.Kind.REAP, 0, 0);
  private static final ModelStep PRUNE = new ModelStep(ModelStep.Kind.PRUNE, 0, 0);
  private static final ModelStep CLOSE = new ModelStep(ModelStep.Kind.CLOSE, 0, 0);
  private static final ModelStep AN_HOUR = new ModelStep(ModelStep.Kind.CLOCK, 0, 5);
  private static final ModelStep BACK = new ModelStep(ModelStep.Kind.CLOCK, 0, 7);

  /** More than any of them has: a run that never survives is a defect of this test. */
  private static final int MOST = 500;

  static Stream<Arguments> acts() {
    // Two jobs of one owner are claimed together; a failure in the first must not forget the other.
    List<ModelStep> orphans =
        List.of(OPEN, JOB, JOB, DEFER, DEFER, DEFER_FAILING, DEFER_RARE, CRASH);
    List<ModelStep> job = List.of(JOB, DEFER, DEFER, DEFER, CANCEL);
    // An open job whose functions are all pruned, one whose functions are all done, an unneeded
    // owner.
    List<ModelStep> old =
        List.of(OPEN, JOB, DEFER, CRASH, REAP, JOB, DEFER, DEFER, CANCEL, END, JOB, DEFER, AN_HOUR);
    Act reap = new Act("reap", orphans, REAP, 30);
    Act end = new Act("end of a job", job, END, 10);
    Stream<Arguments> cut =
        Stream.of(
                reap,
                new Act("cancel", List.of(JOB, DEFER), CANCEL, 1),
                new Act("prune", old, PRUNE, 8),
                end,
                new Act("end of a manager", job, CLOSE, 10))
            .flatMap(
                act ->
                    Stream.of(Wire.Trap.FAIL, Wire.Trap.KILL_BEFORE, Wire.Trap.KILL_AFTER)
                        .map(trap -> Arguments.of(act, trap)));
    // What a caller is told to have failed may be done: here only what the worker itself puts
    // right.
    return Stream.concat(
        cut, Stream.of(reap, end).map(act -> Arguments.of(act, Wire.Trap.FAIL_AFTER)));
  }

  /**
   * What a worker does.
   *
   * @param least how many statements it has at least, so that a trap which is never sprung shows
   */
  private record Act(
      String name, List<ModelStep> before, ModelStep step, int least, List<ModelStep> after) {
    Act(String name, List<ModelStep> before, ModelStep step, int least) {
      this(name, before, step, least, List.of());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource("acts")
  void act_cutShortAtEachStatement_nothingIsForgotten(Act act, Wire.Trap trap) throws Exception {
    int n = 0;
    while (n < MOST && isCutShort(act, trap, n)) {
      n++;
    }
    assertThat(n).as("statements of " + act).isBetween(act.least(), MOST - 1);
  }

  /** What is recorded late was measured before the step. */
  @Test
  void act_recordedLateAfterTheClockSteppedBack_retryIsNotLater() throws Exception {
    Act end =
        new Act("end of a failing job", List.of(JOB, DEFER_FAILING), END, 3, List.of(BACK, REAP));
    int n = 0;
    while (n < MOST && isCutShort(end, Wire.Trap.FAIL, n)) {
      n++;
    }
    assertThat(n).isBetween(end.least(), MOST - 1);
  }

  /** False if it has done its work before the n-th statement came. */
  private static boolean isCutShort(Act act, Wire.Trap trap, int n) throws Exception {
    boolean back = act.after().contains(BACK);
    try (Driver driver = new Driver(new Driver.Plan(false, back, Order.NEWEST_FIRST))) {
      for (ModelStep step : act.before()) {
        driver.take(step);
      }
      Wire wire = driver.world.node.living().get(0).wire();
      wire.arm(trap, n);
      driver.take(act.step());
      boolean cut = !wire.isArmed();
      for (ModelStep step : act.after()) {
        driver.take(step);
      }
      OwnersPropertyTest.end(driver, false);
      return cut;
    } catch (AssertionError e) {
      throw new AssertionError(act + ": " + trap + " at statement " + n, e);
    }
  }
}
