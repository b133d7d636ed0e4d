package dev.lastly.internal.posix;

/**
 * Locks between processes, numbered from 0, that the kernel frees when their holder dies. None of
 * the methods waits.
 */
public interface LockBytes {
  /** Such as nobody else sees. */
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

  /** Takes a byte; false if anybody holds it, or if it could not be had for whatever reason. */
  public boolean hold(long number);

  /** Gives back a byte that {@link #hold} took. */
  public void release(long number);

  /** Whether nobody holds any of some bytes, of which the caller holds none. */
  public boolean isFree(long first, long count);
}
