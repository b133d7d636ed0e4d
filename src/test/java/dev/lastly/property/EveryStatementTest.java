package dev.lastly.property;

import dev.lastly.model.Order;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One history in which a reaper's n-th statement fails, or is its last, for every n. */
class EveryStatementTest {
  // Two jobs of one owner are claimed together; a failure in the first must not forget the second.
  private static final List<Step> ORPHANS =
      List.of(
          new Step(Step.Kind.OPEN, 1, 0),
          new Step(Step.Kind.OPEN_JOB, 0, 0),
          new Step(Step.Kind.OPEN_JOB, 0, 0),
          new Step(Step.Kind.DEFER, 0, 0),
          new Step(Step.Kind.DEFER, 0, 0),
          new Step(Step.Kind.DEFER, 1, 4),
          new Step(Step.Kind.CRASH, 0, 0));

  private static final int STATEMENTS = 45;

  @ParameterizedTest
  @EnumSource(
      value = Wire.Trap.class,
      names = {"FAIL", "KILL_BEFORE", "KILL_AFTER"})
  void reap_cutShortAtEachStatement_nothingIsForgotten(Wire.Trap trap) throws Exception {
    for (int n = 0; n < STATEMENTS; n++) {
      try (Driver driver = new Driver(new Driver.Plan(false, false, Order.NEWEST_FIRST))) {
        for (Step step : ORPHANS) {
          driver.take(step);
        }
        driver.world.node.living().get(0).wire().arm(trap, n);
        driver.take(new Step(Step.Kind.REAP, 0, 0));
        OwnersPropertyTest.end(driver, false);
      } catch (AssertionError e) {
        throw new AssertionError(trap + " at statement " + n, e);
      }
    }
  }
}
