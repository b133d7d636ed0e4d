package dev.lastly.internal.store;

import dev.lastly.internal.row.EncodedCall;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A process whose heap is short for a while, again and again, while several threads register:
 * {@code HeapShortage DIRECTORY}. Prints how many calls failed, and exits with 0 if each thread can
 * register afterwards, the store can be closed, and what is stored is what was acknowledged.
 */
final class HeapShortage {
  private static final int CALLERS = 8;
  private static final int MOST_CALLS = 100_000;
  private static final int SHORTAGES = 5;
  private static final long SHORTAGE_NANOS = 50_000_000;

  /** Made before memory is short: 1 for each call that returned. */
  private final List<AtomicIntegerArray> acknowledged = new ArrayList<>();

  private final AtomicIntegerArray failed = new AtomicIntegerArray(CALLERS);
  private final AtomicIntegerArray calls = new AtomicIntegerArray(CALLERS);
  private final AtomicBoolean enough = new AtomicBoolean();

  private int shortages;

  private HeapShortage() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    HeapShortage shortage = new HeapShortage();
    try (Store store = TestStore.open(directory)) {
      shortage.run(store);
    }
    shortage.compare(directory);
  }

  private void run(Store store) throws InterruptedException {
    long owner = TestStore.owner(store);
    long row =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false)
            .job()
            .row();
    TestStore.Job job = TestStore.job(row, owner, 1_000);
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      int caller = i;
      acknowledged.add(new AtomicIntegerArray(MOST_CALLS));
      callers.add(new Thread(() -> registerAll(store, job, caller)));
    }
    callers.forEach(Thread::start);
    for (int i = 0; i < SHORTAGES; i++) {
      try {
        useUp();
      } catch (OutOfMemoryError e) { // this thread may be hit as well
        shortages++;
      }
      LockSupport.parkNanos(SHORTAGE_NANOS);
    }
    for (int i = 0; i < CALLERS; i++) {
      awaitMore(i);
    }
    enough.set(true);
    for (Thread caller : callers) {
      caller.join();
    }
  }

  /** Takes all memory that there is, and keeps it for a while. */
  private void useUp() {
    Object[] chain = null;
    int size = 1 << 20;
    while (size > 1) {
      try {
        Object[] next = new Object[size];
        next[0] = chain;
        chain = next;
      } catch (OutOfMemoryError e) {
        size /= 2;
      }
    }
    shortages++;
    long end = System.nanoTime() + SHORTAGE_NANOS;
    try {
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
    } finally {
      Reference.reachabilityFence(chain);
    }
  }

  private void awaitMore(int caller) {
    int before = calls.get(caller);
    long end = System.nanoTime() + 20_000_000_000L;
    while (calls.get(caller) < before + 3) {
      if (System.nanoTime() > end) {
        System.out.println("caller " + caller + " waits for ever");
        Runtime.getRuntime().halt(1);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void registerAll(Store store, TestStore.Job job, int caller) {
    for (int i = 0; i < MOST_CALLS && !enough.get(); i++) {
      try {
        EncodedCall call = TestStore.CALL;
        String name = caller + "." + i;
        EncodedCall named = new EncodedCall(name, call.function(), null, call.module(), "[]");
        TestStore.register(store, job, named, 3, 1_000, false);
        acknowledged.get(caller).set(i, 1);
      } catch (Error | RuntimeException e) {
        failed.incrementAndGet(caller);
      }
      calls.incrementAndGet(caller);
    }
  }

  private void compare(Path directory) throws Exception {
    Set<String> expected = new TreeSet<>();
    int failures = 0;
    for (int caller = 0; caller < CALLERS; caller++) {
      failures += failed.get(caller);
      for (int i = 0; i < MOST_CALLS; i++) {
        if (acknowledged.get(caller).get(i) == 1) {
          expected.add(caller + "." + i);
        }
      }
    }
    String sql = "SELECT name FROM function_call WHERE name <> 'Cleanup::run'";
    Set<String> stored = new TreeSet<>(TestStore.query(directory, sql));
    Set<String> lost = new TreeSet<>(expected);
    lost.removeAll(stored);
    stored.removeAll(expected);
    System.out.println(
        shortages
            + " shortages, "
            + failures
            + " calls failed; lost: "
            + lost
            + "; stored although they failed: "
            + stored);
    System.exit(lost.isEmpty() && stored.isEmpty() ? 0 : 1);
  }
}
