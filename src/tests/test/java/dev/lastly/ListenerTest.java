package dev.lastly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.FunctionState;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.model.WorkerEvent;
import dev.lastly.model.WorkerMeter;
import dev.lastly.testkit.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What listeners hear, and that they change nothing. */
class ListenerTest {
  private static final List<String> RAN = new CopyOnWriteArrayList<>();

  @TempDir private Path base;
  private final List<WorkerEvent> heard = new ArrayList<>();

  static void run(String name) {
    RAN.add(name);
  }

  static void fail(String name) {
    RAN.add(name);
    throw new IllegalStateException("on purpose");
  }

  @BeforeEach
  void forget() {
    RAN.clear();
  }

  private Settings.Builder listening(Settings.Builder settings) {
    return settings
        .retry(RetryPolicy.builder().maxAttempts(1).build())
        .listener(
            event -> {
              throw new AssertionError("a listener that is broken");
            })
        .listener(heard::add);
  }

  @Test
  void listener_jobThatEnds_hearsEachStepOnce_whateverAnotherOneThrows() {
    try (TestNode node = TestNode.open(base, this::listening)) {
      try (JobContext job = node.worker("a").openJob("job")) {
        job.defer(ListenerTest::run, "one");
        job.defer(ListenerTest::fail, "two");
        DeferredHandle three = job.defer(ListenerTest::run, "three");
        assertThat(three.cancel()).isTrue();
        assertThat(three.cancel()).isTrue();
        job.onlyIfFailed().defer(ListenerTest::run, "four");
        job.commit();
        job.commit();
        assertThatThrownBy(() -> job.defer((String text) -> job.close(), "x"))
            .isInstanceOf(FunctionRefusedException.class);
      }
      assertThat(RAN).containsExactly("two", "one");
    }
    assertThat(heard)
        .containsExactly(
            new WorkerEvent.Registered(1, "ListenerTest::run", 1, "job"),
            new WorkerEvent.Registered(2, "ListenerTest::fail", 1, "job"),
            new WorkerEvent.Registered(3, "ListenerTest::run", 1, "job"),
            new WorkerEvent.Cancelled(3),
            new WorkerEvent.Registered(4, "ListenerTest::run", 1, "job"),
            new WorkerEvent.Committed(1, "job", 1),
            new WorkerEvent.Started(2, "ListenerTest::fail", 1, 1, 0),
            new WorkerEvent.Ended(
                2,
                "ListenerTest::fail",
                1,
                1,
                AttemptOutcome.THREW,
                FunctionState.QUARANTINED,
                Duration.ZERO,
                "java.lang.IllegalStateException: on purpose"),
            new WorkerEvent.Started(1, "ListenerTest::run", 1, 1, 0),
            new WorkerEvent.Ended(
                1,
                "ListenerTest::run",
                1,
                1,
                AttemptOutcome.RETURNED,
                FunctionState.DONE,
                Duration.ZERO,
                null));
  }

  @Test
  void listener_jobThatIsHandedOver_hearsWhereTo() {
    try (TestNode node = TestNode.open(base, this::listening)) {
      TestNode.Worker worker = node.worker("a");
      TestNode.Worker heir = node.worker("heir");
      JobContext job = worker.openJob("job");
      job.defer(ListenerTest::run, "one");
      heard.clear();
      assertThat(job.transferTo(heir.ownerId())).hasValue(2);
      assertThat(heard).containsExactly(new WorkerEvent.HandedOver(1, "job", heir.ownerId(), 2));
      heard.clear();
      job.close();
      assertThat(worker.openJob("empty").transferTo(heir.ownerId())).isEmpty();
      assertThat(heard).isEmpty();
    }
  }

  @Test
  void listener_ofAReaper_hearsOfTheDeathAndTheOrphan() {
    try (TestNode node = TestNode.open(base, this::listening)) {
      TestNode.Worker worker = node.worker("a");
      worker.openJob("job").defer(ListenerTest::run, "orphan");
      TestNode.Worker reaper = node.worker("reaper");
      worker.kill();
      heard.clear();
      reaper.reap();
      assertThat(RAN).containsExactly("orphan");
    }
    assertThat(heard)
        .satisfiesExactly(
            dead ->
                assertThat(dead)
                    .isInstanceOfSatisfying(
                        WorkerEvent.FoundDead.class,
                        found -> {
                          assertThat(found.ownerId()).isEqualTo(1);
                          assertThat(found.evidence()).isNotEmpty();
                        }),
            started ->
                assertThat(started)
                    .isEqualTo(new WorkerEvent.Started(1, "ListenerTest::run", 1, 1, 1)),
            ended -> assertThat(ended).isInstanceOf(WorkerEvent.Ended.class));
  }

  /** Breaks in whatever it is told. */
  private static final class BrokenMeter implements WorkerMeter {
    private final List<String> told = new CopyOnWriteArrayList<>();

    private void breakIn(String what) {
      told.add(what);
      throw new AssertionError("a meter that is broken");
    }

    @Override
    public void happened(WorkerEvent event) {
      breakIn("happened");
    }

    @Override
    public void committed(Duration took, int writes) {
      breakIn("committed");
    }

    @Override
    public void cleanedUp(long ownerId, int functions, Duration sinceDeath) {
      breakIn("cleanedUp");
    }

    @Override
    public void closing() {
      breakIn("closing");
    }
  }

  @Test
  void measure_meterThatBreaksInEachMethod_changesNothing() {
    BrokenMeter broken = new BrokenMeter();
    try (TestNode node = TestNode.open(base, settings -> settings)) {
      TestNode.Worker dead = node.worker("dead");
      dead.openJob("orphaned").defer(ListenerTest::run, "orphan");
      dead.kill();
      TestNode.Worker worker = node.worker("a");
      worker.manager().measure(broken);
      worker.reap();
      try (JobContext job = worker.openJob("job")) {
        job.defer(ListenerTest::run, "own");
      }
      worker.close();
    }
    assertThat(RAN).containsExactly("orphan", "own");
    assertThat(broken.told).contains("happened", "committed", "cleanedUp", "closing");
  }
}
