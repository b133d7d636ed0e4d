package dev.lastly.os;

import dev.lastly.support.WorkerProcess;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * A wall clock that a test moves, for workers whose other clocks are right. A library of our own:
 * libfaketime makes a JVM take five times as long to start.
 */
final class Clocked {
  private final Path library;
  private final Path offset;

  private Clocked(Path library, Path offset) {
    this.library = library;
    this.offset = offset;
  }

  /** A clock that is off by that much. */
  static Clocked by(Path directory, Duration off) throws Exception {
    Path library = directory.resolve("clock.so");
    if (!Files.exists(library)) {
      Path code = Path.of("src/tests/test/c/clock.c").toAbsolutePath();
      Shell.run("gcc", "-shared", "-fPIC", "-O1", "-Wall", "-o", library + "", code + "", "-ldl");
    }
    Clocked clock = new Clocked(library, Files.createTempFile(directory, "clock", ""));
    clock.set(off);
    return clock;
  }

  /** Moves it, under the processes that read it. In place: they have the file mapped. */
  void set(Duration off) throws Exception {
    ByteBuffer seconds = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    seconds.putLong(0, off.toSeconds());
    try (FileChannel channel = FileChannel.open(offset, StandardOpenOption.WRITE)) {
      channel.write(seconds, 0);
    }
  }

  /** Starts workers by this clock. */
  WorkerProcess.Launcher workers() {
    return WorkerProcess.launcher().under("env", "LD_PRELOAD=" + library, "CLOCK_OFFSET=" + offset);
  }
}
