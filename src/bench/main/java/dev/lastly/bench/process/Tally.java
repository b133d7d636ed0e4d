package dev.lastly.bench.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A function whose calls are counted in a mapped file, which survives the death of its process:
 * first the number of all calls, then a byte for each function.
 */
final class Tally {
  private static final int HEADER = Long.BYTES;
  private static final int MOST_FUNCTIONS = 1_000_000;

  private final MappedByteBuffer bytes;

  private Tally(MappedByteBuffer bytes) {
    this.bytes = bytes;
  }

  static Tally open(Path file) throws IOException {
    try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
      return new Tally(
          random.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, HEADER + MOST_FUNCTIONS));
    }
  }

  /** The function. Only one thread of one process calls it at a time. */
  static void mark(int number) {
    InThisJvm.TALLY.count(number);
  }

  private void count(int number) {
    bytes.put(HEADER + number, (byte) (bytes.get(HEADER + number) + 1));
    bytes.putLong(0, calls() + 1);
  }

  /** The number of calls in all processes. */
  long calls() {
    return bytes.getLong(0);
  }

  /** How often a function was called. */
  int times(int number) {
    return bytes.get(HEADER + number);
  }

  /** Opens the file with the first call. */
  private static final class InThisJvm {
    static final Tally TALLY = tally();

    private static Tally tally() {
      try {
        return open(Path.of(System.getProperty("bench.tally", "")));
      } catch (IOException e) {
        throw new IllegalStateException("no tally in " + System.getProperty("bench.tally"), e);
      }
    }
  }
}
