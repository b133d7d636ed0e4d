package dev.lastly.internal.posix;

/**
 * Locks between processes, numbered from 0, that the kernel frees when their holder dies. No method
 * waits. Implementations are thread-safe.
 */
public interface LockBytes {
  /** Locks that no other process sees: all are free. */
  public LockBytes PRIVATE =
      new LockBytes() {
        @Override
        public boolean hold(long number) {
          return true;
        }

        @Override
        public void release(long number) {}

        @Override
        public boolean isFree(long first, long count) {
          return true;
        }
      };

  /** Locks a byte. False if any process holds it, or the lock fails for another reason. */
  public boolean hold(long number);

  /** Frees a byte that {@link #hold} has locked. */
  public void release(long number);

  /** Whether no process holds any byte of a range in which the caller holds none. */
  public boolean isFree(long first, long count);
}
