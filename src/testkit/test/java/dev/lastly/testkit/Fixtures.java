package dev.lastly.testkit;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Workers and functions with and without seeded bugs. */
final class Fixtures {
  private Fixtures() {}

  /** Defers first, creates then: nothing is ever left behind. */
  static final class Correct {
    private Correct() {}

    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[1]).resolve("scratch");
      try (DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]));
          JobContext job = manager.openJob("correct")) {
        job.defer(Fixtures::remove, file);
        Files.createFile(file);
      }
    }
  }

  /** Creates first: a kill in between leaves the file. */
  static final class TooLate {
    private TooLate() {}

    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[1]).resolve("scratch");
      try (DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]));
          JobContext job = manager.openJob("too late")) {
        Files.createFile(file);
        job.defer(Fixtures::remove, file);
      }
    }
  }

  /** Its function has two steps, and cannot be made again after the first. */
  static final class TwoSteps {
    private TwoSteps() {}

    public static void main(String[] args) throws IOException {
      Path world = Path.of(args[1]);
      Files.createFile(world.resolve("a"));
      Files.createFile(world.resolve("b"));
      try (DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]));
          JobContext job = manager.openJob("two steps")) {
        job.defer(Fixtures::removeBoth, world);
      }
    }
  }

  /** Starts a process and says so afterwards. */
  static final class Spawning {
    private Spawning() {}

    public static void main(String[] args) throws IOException {
      try (DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]))) {
        long pid = new ProcessBuilder("sleep", "600").start().pid();
        Files.writeString(Path.of(args[1]).resolve("pid"), Long.toString(pid));
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  /** Its child makes a thing a while after it was started, as {@code docker run} does. */
  static final class Creating {
    private Creating() {}

    /** The third argument says whether the child ends with the worker. */
    public static void main(String[] args) throws Exception {
      Path thing = Path.of(args[1]).resolve("thing");
      ProcessBuilder child = new ProcessBuilder("sh", "-c", "sleep 2; : > '" + thing + "'");
      try (DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]));
          JobContext job = manager.openJob("creates")) {
        job.defer(Cleanup::deleteFile, thing);
        Process started = Boolean.parseBoolean(args[2]) ? job.start(child) : child.start();
        started.waitFor();
      }
    }
  }

  /** Fails unless it is started as promised. */
  static final class Particular {
    private Particular() {}

    public static void main(String[] args) throws IOException {
      require(args[0], System.getProperty("lastly.testkit.state"));
      require(args[0], System.getenv("LASTLY_TESTKIT_STATE"));
      require(args[1], System.getProperty("lastly.testkit.world"));
      require(args[1], System.getenv("LASTLY_TESTKIT_WORLD"));
      require(args[1], Path.of("").toAbsolutePath().toString());
      require("kept", System.getenv("LASTLY_FIXTURE"));
      require("17", System.getProperty("lastly.fixture"));
      System.out.println("what is printed is no change of the world");
      DeferredFunctionManager.open(Path.of(args[0])).close();
    }

    private static void require(String expected, String found) {
      if (!expected.equals(found)) {
        throw new IllegalStateException(found + " instead of " + expected);
      }
    }
  }

  /** Fails. */
  static final class Failing {
    private Failing() {}

    public static void main(String[] args) {
      if (args.length == 0) {
        throw new IllegalStateException("a seeded failure");
      }
    }
  }

  /** Never ends. */
  static final class Hanging {
    private Hanging() {}

    public static void main(String[] args) throws InterruptedException {
      TimeUnit.NANOSECONDS.sleep(Duration.ofDays(1).toNanos());
    }
  }

  /** Never tells Lastly where it works. */
  static final class Astray {
    private Astray() {}

    public static void main(String[] args) throws IOException {
      Files.createFile(Path.of("a file in the working directory"));
    }
  }

  static void remove(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  static void removeBoth(Path directory) throws IOException {
    Files.delete(directory.resolve("a"));
    Files.delete(directory.resolve("b"));
  }

  /** Bears being called twice, but not being cut short after its first step. */
  static void removeOnce(Path directory) throws IOException {
    if (!Files.exists(directory.resolve("marker"))) {
      Files.createFile(directory.resolve("marker"));
      Files.delete(directory.resolve("data"));
    }
  }
}
