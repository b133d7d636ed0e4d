package dev.lastly.internal.store;

import dev.lastly.internal.posix.LockBytes;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Lock bytes of simulated processes in one test. Thread-safe. */
final class SharedBytes {
  private final ConcurrentSkipListMap<Long, Peer> holders = new ConcurrentSkipListMap<>();
  private final AtomicInteger calls = new AtomicInteger();

  Peer process() {
    return new Peer();
  }

  /** How many requests the kernel has had. */
  int calls() {
    return calls.get();
  }

  /** How many bytes are held. */
  int held() {
    return holders.size();
  }

  /** One of those who see the same bytes. */
  final class Peer implements LockBytes {
    private volatile boolean refused;

    private Peer() {}

    /** As when the kernel is out of locks: from now on nothing can be held. */
    void refuse() {
      refused = true;
    }

    /** The kernel frees what it holds. */
    void die() {
      holders.values().removeIf(this::equals);
    }

    @Override
    public boolean hold(long number) {
      calls.incrementAndGet();
      return !refused && holders.putIfAbsent(number, this) == null;
    }

    @Override
    public void release(long number) {
      calls.incrementAndGet();
      holders.remove(number, this);
    }

    @Override
    public boolean isFree(long first, long count) {
      calls.incrementAndGet();
      return holders.subMap(first, first + count).isEmpty();
    }
  }
}
