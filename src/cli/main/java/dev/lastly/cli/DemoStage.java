package dev.lastly.cli;

import dev.lastly.cleanup.Cleanup;
import dev.lastly.cleanup.ProcessId;
import dev.lastly.cleanup.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The directory and the processes of one demonstration. {@link #close} ends the processes and
 * removes the directory, also after a failure or Ctrl-C.
 */
final class DemoStage implements AutoCloseable {
  private final Path directory;
  private final List<DemoProcess> workers = new ArrayList<>();
  private final List<ProcessId> others = new ArrayList<>();
  private boolean closed;

  private DemoStage(Path directory) {
    this.directory = directory;
  }

  static DemoStage open() throws IOException {
    DemoStage stage = new DemoStage(Files.createTempDirectory("lastly-demo-").toRealPath());
    Runtime.getRuntime().addShutdownHook(new Thread(stage::close, "lastly-demo-end"));
    return stage;
  }

  /** The base of the state directory; everything of the demonstration is in it. */
  Path directory() {
    return directory;
  }

  Path database() {
    return directory.resolve("deferred").resolve("deferred.db");
  }

  /** The tree that the first worker makes and defers the deletion of. */
  Path scratch() {
    return directory.resolve("scratch");
  }

  boolean scratchExists() {
    return Files.exists(scratch(), LinkOption.NOFOLLOW_LINKS);
  }

  /** False also for a zombie: in a container without an init, a killed worker's child stays one. */
  boolean isRunning(ProcessId process) {
    try {
      return ProcessId.of(process.pid()).equals(process);
    } catch (IOException e) {
      return false; // no such process
    }
  }

  synchronized DemoProcess start(String worker) throws IOException {
    if (closed) {
      throw new IOException("the demonstration was stopped");
    }
    DemoProcess process = DemoProcess.start(worker, directory, scratch());
    workers.add(process);
    return process;
  }

  synchronized void killAtTheEnd(ProcessId process) {
    others.add(process);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    workers.forEach(DemoProcess::killTree);
    try {
      for (ProcessId process : others) {
        Processes.terminate(process, Duration.ZERO);
      }
      Cleanup.deleteTree(directory);
    } catch (IOException e) {
      System.err.println("The demonstration could not clean up after itself: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
