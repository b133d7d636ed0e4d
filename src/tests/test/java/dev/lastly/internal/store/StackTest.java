package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.row.EncodedCall;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A call that throws near the end of the stack has stored nothing. */
@Timeout(120)
final class StackTest {
  private static final long STACK_BYTES = 400_000;
  private static final int CALLS = 4_000;

  /** The deepest frames from which each thread registers. */
  private static final int FRAMES = 400;

  @TempDir private Path directory;
  private final Set<String> acknowledged = new ConcurrentSkipListSet<>();
  private int overflows;
  private int calls;
  private int frames;

  @Test
  void register_nearTheEndOfTheStack_isStoredIfItReturned() throws Exception {
    try (Store store = TestStore.open(directory)) {
      long owner = TestStore.owner(store);
      long row =
          TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false)
              .job()
              .row();
      TestStore.Job job = TestStore.job(row, owner, 1_000);
      while (calls < CALLS) {
        frames = 0;
        FutureTask<Void> deep = new FutureTask<>(() -> deeper(Integer.MAX_VALUE, store, job), null);
        Thread thread = new Thread(null, deep, "deep", STACK_BYTES);
        thread.start();
        deep.get();
      }
    }
    assertThat(overflows).as("calls that did not succeed").isGreaterThan(CALLS / 20);
    assertThat(acknowledged).as("calls that did").hasSizeGreaterThan(CALLS / 20);
    String sql = "SELECT name FROM function_call WHERE name <> 'Cleanup::run'";
    assertThat(new TreeSet<>(TestStore.query(directory, sql))).isEqualTo(acknowledged);
  }

  /** Registers on the way back from the end of the stack: at each frame a little farther away. */
  private void deeper(int left, Store store, TestStore.Job job) {
    try {
      if (left > 0) {
        deeper(left - 1, store, job);
      }
    } catch (StackOverflowError e) {
      overflows++;
    }
    if (frames++ < FRAMES) {
      register("call " + calls++, store, job);
    }
  }

  private void register(String name, Store store, TestStore.Job job) {
    try {
      EncodedCall call = TestStore.CALL;
      EncodedCall named = new EncodedCall(name, call.function(), null, call.module(), "[]");
      TestStore.register(store, job, named, 3, 1_000, false);
      acknowledged.add(name);
    } catch (StackOverflowError e) {
      overflows++;
    }
  }
}
