package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The queue by itself, with its batches: nothing is committed here. */
final class WriteQueueTest {
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONG_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final WriteQueue queue = new WriteQueue(Path.of("deferred.db"));

  @Test
  void add_nobodyLeads_theCallerLeadsUntilItHandsOver() {
    assertThat(queue.add(write(false))).isTrue();
    PendingWrite<Long> second = write(false);
    assertThat(queue.add(second)).isFalse();
    assertThat(queue.leadIfIdle()).isFalse();
    assertThat(new Batch(queue).writes()).hasSize(2);
    queue.handOver();
    assertThat(queue.leadIfIdle()).isTrue();
  }

  @Test
  void handOver_somebodyWaits_leadsNext() {
    assertThat(queue.leadIfIdle()).isTrue();
    PendingWrite<Long> next = write(false);
    queue.add(next);
    queue.handOver();
    assertThat(next.await()).as("whether it is done").isFalse();
    assertThat(queue.leadIfIdle()).as("it leads").isFalse();
  }

  @Test
  void add_afterClose_isRefused() {
    queue.close();
    assertThatThrownBy(() -> queue.add(write(false)))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has been closed by this manager; open a new one");
    assertThat(queue.leadIfIdle()).isFalse();
  }

  @Test
  void awaitMore_aCrowdIsExpected_waitsUntilAQuarterOfItHasCome() throws Exception {
    queue.leadIfIdle();
    queue.committed(8, 1_000);
    queue.add(write(false)); // one is not enough: else it would not come to wait
    Thread leader = new Thread(() -> queue.awaitMore(0, LONG_NANOS));
    leader.start();
    Await.until("it waits", () -> leader.getState() == Thread.State.TIMED_WAITING);
    queue.add(write(false));
    leader.join(20_000);
    assertThat(leader.isAlive()).isFalse();
  }

  /** Else each commit would be followed by one for whoever is back first. */
  @Test
  void next_othersAreExpectedAndDoNotCome_takesItsTimeBeforeTheCommit() {
    queue.add(write(false));
    queue.committed(8, TimeUnit.SECONDS.toNanos(1));
    long before = System.nanoTime();
    Batch batch = new Batch(queue);
    assertThat(batch.isAlone()).isFalse();
    assertThat(batch.next()).isNotNull();
    long start = System.nanoTime();
    assertThat(batch.next()).isNull();
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(PATIENCE_NANOS);
    assertThat(batch.nanos())
        .as("what the next patience is reckoned from")
        .isLessThan(System.nanoTime() - before - PATIENCE_NANOS + 1);
  }

  @Test
  void next_oneThatCannotJoinIsThere_leavesItToTheNextBatch() {
    queue.add(write(false));
    queue.committed(8, TimeUnit.SECONDS.toNanos(1));
    Batch batch = new Batch(queue);
    PendingWrite<Long> needsSync = write(true);
    queue.add(needsSync);
    assertThat(batch.next()).isNotNull();
    assertThat(batch.next()).isNull();
    assertThat(batch.writes()).hasSize(1);
    List<PendingWrite<?>> rest = new ArrayList<>();
    queue.moveTo(rest, 10, true);
    assertThat(rest).containsExactly(needsSync);
  }

  @Test
  void batch_nobodyElseIsExpected_isAlone() {
    queue.add(write(true));
    Batch batch = new Batch(queue);
    assertThat(batch.isAlone()).isTrue();
    assertThat(batch.isSynced()).isTrue();
  }

  private static PendingWrite<Long> write(boolean synced) {
    return new PendingWrite<>(db -> 1L, synced, true);
  }
}
