package dev.lastly.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Checks whether a lock works between two processes in this directory: held by one it keeps out the
 * other, and released it is free. Uses a scratch file, because opening and closing {@code
 * owners.lock} would drop this process's locks on it.
 */
final class LockChecks {
  private static final int PATIENCE_SECONDS = 30;

  private final Path directory;

  LockChecks(Path directory) {
    this.directory = directory;
  }

  /** The main class of the second process. */
  static final class Other {
    static final int FREE = 40;
    static final int HELD = 41;

    private Other() {}

    /**
     * Tries to take the lock.
     *
     * @param args the file
     */
    public static void main(String[] args) throws IOException {
      try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE);
          FileLock lock = channel.tryLock(1, 1, false)) {
        System.exit(lock == null ? HELD : FREE);
      }
    }
  }

  Stream<CheckResult> all() {
    if (!Files.isDirectory(directory)) {
      return Stream.of();
    }
    if (!Files.isWritable(directory)) {
      return Stream.of(
          CheckResult.warn(
              "locks",
              "not checked: this user cannot write a scratch file in "
                  + directory
                  + "; run lastly as the workers' user"));
    }
    Path scratch = directory.resolve("doctor-" + ProcessHandle.current().pid() + ".scratch");
    try {
      return Stream.of(check(scratch));
    } catch (IOException e) {
      return Stream.of(
          CheckResult.fail("locks", "cannot lock a scratch file in " + directory + ": " + e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Stream.of(CheckResult.warn("locks", "interrupted"));
    }
  }

  private static CheckResult check(Path scratch) throws IOException, InterruptedException {
    int held;
    int free;
    try (FileChannel channel =
        FileChannel.open(scratch, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      try (FileLock lock = channel.lock(1, 1, false)) {
        held = other(scratch);
      }
      free = other(scratch);
    } finally {
      Files.deleteIfExists(scratch);
    }
    if (held == Other.HELD && free == Other.FREE) {
      return CheckResult.ok("locks", "a lock of one process keeps out another, and ends with it");
    }
    return CheckResult.fail(
        "locks",
        String.format(
            Locale.ROOT,
            "locks do not work between processes here (held: %d, free: %d; expected %d, %d), so a"
                + " living owner could be judged dead; use another file system",
            held,
            free,
            Other.HELD,
            Other.FREE));
  }

  private static int other(Path scratch) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xshare:auto",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Other.class.getName(),
                    scratch.toString()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(
          "the process that tests the lock did not end within " + PATIENCE_SECONDS + " s");
    }
    return process.exitValue();
  }
}
