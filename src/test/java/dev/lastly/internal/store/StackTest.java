package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.EncodedCall;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A caller that is near the end of its stack: what throws has stored nothing. */
@Timeout(120)
final class StackTest {
  private static final long STACK_BYTES = 400_000;
  private static final int CALLS = 4_000;

  @TempDir private Path directory;
  private final Set<String> acknowledged = new ConcurrentSkipListSet<>();
  private Store store;
  private Store.JobRow job;
  private int overflows;
  private int calls;

  @Test
  void register_nearTheEndOfTheStack_isStoredIfItReturned() throws Exception {
    store = TestStore.open(directory);
    try {
      long owner = TestStore.owner(store);
      long row = store.register(TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false).jobId();
      job = new Store.JobRow(row, "job", owner, TestStore.ME, 1_000);
      while (calls < CALLS) {
        FutureTask<Void> deep = new FutureTask<>(this::descend, null);
        Thread thread = new Thread(null, deep, "deep", STACK_BYTES);
        thread.start();
        deep.get();
      }
    } finally {
      store.close();
    }
    assertThat(overflows).as("calls that did not succeed").isGreaterThan(CALLS / 20);
    assertThat(acknowledged).as("calls that did").hasSizeGreaterThan(CALLS / 20);
    String sql = "SELECT name FROM deferred_function WHERE name <> 'Cleanup::run'";
    assertThat(new TreeSet<>(TestStore.query(directory, sql))).isEqualTo(acknowledged);
  }

  private void descend() {
    try {
      deeper(0);
    } catch (StackOverflowError e) {
      overflows++; // of what is around the call
    }
  }

  /** Registers on the way back from the end of the stack, at each frame: ever farther from it. */
  private void deeper(int depth) {
    try {
      deeper(depth + 1);
    } catch (StackOverflowError e) {
      calls++;
    }
    if (calls % 400 != 399) {
      tryToRegister("call " + calls++);
    }
  }

  private void tryToRegister(String name) {
    try {
      EncodedCall call = TestStore.CALL;
      EncodedCall named = new EncodedCall(name, call.function(), null, call.module(), "[]");
      store.register(job, named, 3, 1_000, false);
      acknowledged.add(name);
    } catch (StackOverflowError e) {
      overflows++;
    }
  }
}
