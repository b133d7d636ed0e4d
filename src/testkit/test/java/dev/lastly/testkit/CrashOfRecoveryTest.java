package dev.lastly.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The crash test kills the recovery, too. A class of its own, because it takes as long as the
 * others together.
 */
@Tag("campaign")
class CrashOfRecoveryTest {
  @Test
  void alsoDuringRecovery_functionThatCannotBeRepeated_failsWhereItIsCutShort() {
    // The worker is killed when it has deferred and not yet run its function.
    CrashTest test =
        CrashTest.of(Fixtures.TwoSteps.class, "{state}", "{world}")
            .alsoDuringRecovery()
            .parallelism(2)
            .onlyCrashPoint(5);
    AssertionError failure =
        catchThrowableOfType(
            AssertionError.class,
            () -> test.check(world -> assertThat(world.directory()).isEmptyDirectory()));
    assertThat(failure)
        .hasMessageContainingAll(
            "at 2 of 9 crash points",
            "crash point 5.5: recovery killed after deleting {world}/a (Fixtures.removeBoth",
            "crash point 5.6: recovery killed after deleting {world}/b (Fixtures.removeBoth",
            "function 1 dev.lastly.testkit.Fixtures#removeBoth is quarantined after 10 attempts:"
                + " java.nio.file.NoSuchFileException: {world}/a",
            ".onlyCrashPoint(5, 6)");
  }
}
