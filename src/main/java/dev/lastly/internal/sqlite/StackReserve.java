package dev.lastly.internal.sqlite;

/**
 * Makes sure that a write does not run out of stack in its middle: that its caller is near the end
 * of its own shows here, where nothing has been done yet.
 */
final class StackReserve {
  /** A write takes about thirty frames, and more if classes are loaded. */
  private static final int FRAMES = 200;

  private StackReserve() {}

  /**
   * Takes much stack for a moment.
   *
   * @throws StackOverflowError if there is not that much left
   */
  public static void require() {
    if (descend(FRAMES, 1, 2, 3, 4) == 0) {
      throw new IllegalStateException("a sum of what is positive is not zero");
    }
  }

  /** Numbers that are needed after the call keep the compilers from making the frame small. */
  private static long descend(int frames, long a, long b, long c, long d) {
    return frames == 0 ? a : (descend(frames - 1, b, c, d, a) & 1) + a + b + c + d;
  }
}
