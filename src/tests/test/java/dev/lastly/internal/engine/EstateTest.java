package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.node.OwnersOfANode;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionStore.JobDraft;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Listeners;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.Action;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The orphans of a dead owner while another owner runs one of them: {@code busy} has begun the
 * first, and {@code heir} inherits the others.
 */
@SuppressWarnings("serial") // the functions here are never serialized
final class EstateTest {
  private static final int ATTEMPTS = 3;
  private static final int PAGE = 64;
  private static final AttemptResult DONE =
      new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, null);

  private static final List<String> ran = new ArrayList<>();

  @TempDir private Path base;
  private OwnersOfANode node;
  private Membership dead;
  private Membership busy;
  private Membership heir;
  private Runner runner;
  private Unresolvable unresolvable;

  static void note(String name) {
    ran.add(name);
  }

  @BeforeEach
  void join() {
    ran.clear();
    node = new OwnersOfANode(base);
    dead = node.join();
    busy = node.join();
    heir = node.join();
    Codec codec = Codec.create(heir.settings());
    TimeLimit limit = new TimeLimit(heir.settings().functionTimeout());
    unresolvable = new Unresolvable(heir, codec, limit);
    Invoker invoker =
        new Invoker(
            Invoker.Contexts.of(heir.store()),
            new Carried(List.of()),
            codec,
            heir.settings().retry(),
            limit,
            unresolvable::backoff);
    runner = new Runner(heir, invoker, unresolvable, Listeners.of(heir.settings()));
  }

  @AfterEach
  void leave() {
    node.close();
  }

  private void job(String name, int functions) {
    JobId id = null;
    for (int i = 1; i <= functions; i++) {
      JobDraft draft = new JobDraft(id, name, dead.now());
      id =
          dead.store()
              .register(
                  draft,
                  Registration.of(
                      Codec.encode((Action.Of1<String>) EstateTest::note, List.of(name + i)),
                      ATTEMPTS))
              .job();
    }
  }

  /** The owner dies, and {@code busy} begins the first of its orphans, which is returned. */
  private StoredFunction die() {
    node.kill(dead);
    assertThat(heir.liveness().look()).isEqualTo(1);
    Orphan first = busy.store().orphans(dead.self(), null, PAGE).get(0);
    AttemptStep step = new AttemptStep(List.of(), List.of(first.function()), null);
    return busy.store().advance(step).started().get(0);
  }

  private void end(StoredFunction running) {
    EndedAttempt ended = new EndedAttempt(running, DONE, busy.now(), busy.now());
    assertThat(busy.store().advance(AttemptStep.end(ended)).lost()).isEmpty();
  }

  private Estate inherit(BooleanSupplier betweenPages) {
    Estate estate =
        new Estate(
            heir,
            runner,
            dead.self(),
            unresolvable,
            new Pass.BatchSize(),
            new HashSet<>(),
            Pass.Kind.ORPHANS);
    int count = estate.inherit(betweenPages);
    assertThat(count).isEqualTo(ran.size());
    return estate;
  }

  @Test
  void inherit_otherOwnerEndsDuringTheRound_noneBeginsBeforeThoseItFollows() {
    job("A", 3);
    StoredFunction running = die();
    Estate estate =
        inherit(
            () -> {
              end(running);
              return true;
            });
    assertThat(ran).isEmpty();
    assertThat(estate.isAnyPassed()).isTrue();
    assertThat(estate.isExhausted()).isFalse();
    assertThat(inherit(() -> true).isExhausted()).isTrue();
    assertThat(ran).containsExactly("A2", "A1");
  }

  @Test
  void inherit_jobIsBusy_functionsOfTheNextJobAreNotPassedOver() {
    job("A", 3);
    job("B", 2); // the newest job comes first
    StoredFunction unused = die();
    Estate estate = inherit(() -> true);
    assertThat(ran).containsExactly("A3", "A2", "A1");
    assertThat(estate.isAnyPassed()).as("B1 is left").isTrue();
    assertThat(estate.isExhausted()).isFalse();
  }

  @Test
  void inherit_onlyOneIsLeftOfABusyJob_itIsPassedOver() {
    job("A", 2);
    StoredFunction running = die();
    Estate estate = inherit(() -> true);
    assertThat(ran).isEmpty();
    assertThat(estate.isAnyPassed()).isTrue();
    end(running);
    assertThat(inherit(() -> true).isExhausted()).isTrue();
    assertThat(ran).containsExactly("A1");
  }
}
