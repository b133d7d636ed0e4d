package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.support.Await;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class CrowdLeaderTest {
  private final WriteQueue queue = new WriteQueue(Path.of("deferred.db"));
  private final List<Integer> committed = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  @Test
  void takeOver_noThreadCanBeStarted_leavesTheLeaderWhereItIs() {
    CrowdLeader leader =
        new CrowdLeader(
            queue,
            batch -> committed.add(batch.writes().size()),
            work -> {
              throw new OutOfMemoryError("made up: unable to create native thread");
            });
    assertThat(leader.takeOver()).isFalse();
    leader.end();
  }

  @Test
  void takeOver_aCrowd_commitsWhatHasComeAndGivesLeadershipBack() throws Exception {
    CrowdLeader leader = start(batch -> committed.add(batch.writes().size()));
    for (int round = 1; round <= 3; round++) {
      PendingWrite<Long> write = lead(leader);
      Await.until("it is done", write::isDone);
      Await.until("nobody leads", () -> queue.leadIfIdle());
      queue.handOver();
      assertThat(committed).hasSize(round).containsOnly(1);
    }
    assertThat(threads).as("the same each time").hasSize(1);
    leader.end();
    threads.get(0).join(20_000);
    assertThat(threads.get(0).isAlive()).isFalse();
  }

  /** Else all who write would wait for ever. */
  @Test
  void takeOver_theCommitterFails_leadershipIsNotLostAndTheThreadGoesOn() throws Exception {
    AtomicBoolean fail = new AtomicBoolean(true);
    CrowdLeader leader =
        start(
            batch -> {
              if (fail.getAndSet(false)) {
                throw new AssertionError("made up");
              }
              committed.add(batch.writes().size());
            });
    PendingWrite<Long> lost = lead(leader);
    Await.until("its caller is told", lost::isDone);
    assertThatThrownBy(lost::result).isInstanceOf(AssertionError.class).hasMessage("made up");
    Await.until("nobody leads", () -> queue.leadIfIdle());
    queue.handOver();
    lead(leader);
    Await.until("it has committed", () -> committed.size() == 1);
    leader.end();
  }

  /** Lets it take over one write, from a crowd. */
  private PendingWrite<Long> lead(CrowdLeader leader) {
    assertThat(queue.leadIfIdle()).isTrue();
    queue.committed(8, 1_000); // which makes a crowd
    PendingWrite<Long> write = new PendingWrite<>(db -> 1L, false, true);
    assertThat(queue.add(write)).as("somebody leads").isFalse();
    assertThat(leader.takeOver()).isTrue();
    return write;
  }

  private CrowdLeader start(Consumer<Batch> committer) {
    return new CrowdLeader(
        queue,
        committer,
        work -> {
          threads.add(CrowdLeader.daemon(work));
          return threads.get(threads.size() - 1);
        });
  }
}
