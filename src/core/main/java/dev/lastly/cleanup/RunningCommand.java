package dev.lastly.cleanup;

import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A started program and the thread that reads its output. For one other thread. */
final class RunningCommand {
  /** The time between SIGTERM and SIGKILL at a time-out. */
  static final Duration GRACE = Duration.ofSeconds(1);

  private static final long DRAIN_MILLIS = 500;

  private final Process process;
  private final OutputExcerpt excerpt = new OutputExcerpt();
  private final Thread reader;

  RunningCommand(Process process) {
    this.process = process;
    // Java cannot interrupt a read of a pipe. This thread lives while a background process keeps
    // the pipe open, so it must not keep the JVM alive.
    this.reader = new Thread(this::read, "lastly-command-output-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /** Waits for the end and reads the output so far. False if the time-out passed first. */
  boolean await(Duration timeout) throws InterruptedException {
    if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
      return false;
    }
    reader.join(DRAIN_MILLIS);
    return true;
  }

  CommandOutput output() {
    return new CommandOutput(process.exitValue(), excerpt.text(), excerpt.truncated());
  }

  String text() {
    return excerpt.text();
  }

  /**
   * Ends the program and its descendants. Adds a failure to do so as suppressed to the given
   * failure.
   */
  void kill(Duration grace, Throwable failure) throws InterruptedException {
    try {
      Processes.terminate(ProcessId.of(process), grace);
    } catch (IOException | UnresolvableFunctionException e) {
      if (process.isAlive()) {
        failure.addSuppressed(e);
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
  }

  private void read() {
    byte[] buffer = new byte[8192];
    try (InputStream output = process.getInputStream()) {
      for (int n = output.read(buffer); n >= 0; n = output.read(buffer)) {
        excerpt.add(buffer, n);
      }
    } catch (IOException e) {
      byte[] note =
          ("\n[the output could not be read: " + e.getMessage() + "]")
              .getBytes(StandardCharsets.UTF_8);
      excerpt.add(note, note.length);
    }
  }
}
