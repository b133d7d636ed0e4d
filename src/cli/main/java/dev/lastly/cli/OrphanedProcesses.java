package dev.lastly.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What process 1 of a pid namespace owes it: orphans become its children, and stay zombies, until
 * none can be started any more, unless it waits for them, wait(2). The JDK waits only for the
 * processes that it has started. Its own call for that is the only one that Java 17 has, and is
 * open only if {@code --add-opens java.base/java.lang=ALL-UNNAMED} says so, as the launcher and the
 * jar's manifest do.
 */
final class OrphanedProcesses implements Runnable {
  private static final Path PROC = Path.of("/proc");

  /** A child's end is told by SIGCHLD; this is for one that was missed. */
  private static final long LONGEST_WAIT_MILLIS = 1_000;

  /** Between the two looks that a zombie must be seen in: the JDK's own are gone by then. */
  private static final long BETWEEN_LOOKS_MILLIS = 100;

  private final Semaphore ended = new Semaphore(0);
  private final Method waitFor;
  private final Map<?, ?> waitedForByJdk;

  private OrphanedProcesses() throws ReflectiveOperationException {
    Class<?> handles = Class.forName("java.lang.ProcessHandleImpl");
    this.waitFor = handles.getDeclaredMethod("waitForProcessExit0", long.class, boolean.class);
    waitFor.setAccessible(true);
    Field completions = handles.getDeclaredField("completions");
    completions.setAccessible(true);
    this.waitedForByJdk = (Map<?, ?>) completions.get(null);
  }

  /** Waits in the background for whatever this process gets, if it is process 1. */
  static void waitForThemIfInit(PrintStream err) {
    if (!isInit()) {
      return;
    }
    try {
      OrphanedProcesses orphans = new OrphanedProcesses();
      // Never closed: for as long as this process lives.
      Signals unused = Signals.tell(List.of("CHLD"), name -> orphans.ended.release());
      Thread thread = new Thread(orphans, "lastly-orphaned-processes");
      thread.setDaemon(true);
      thread.start();
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      err.println(
          "lastly: warning: this is process 1, and this Java cannot wait for processes that it has"
              + " not started, which stay zombies when they end ("
              + e
              + "); start it with the launcher, or with an init before it, such as tini or 'docker"
              + " run --init'");
    }
  }

  /** Not by ProcessHandle, which would cost every start some milliseconds. */
  private static boolean isInit() {
    try {
      return Files.readSymbolicLink(PROC.resolve("self")).toString().equals("1");
    } catch (IOException e) {
      return false; // without /proc nothing can be done for orphans
    }
  }

  @Override
  public void run() {
    Set<Long> before = Set.of();
    try {
      while (true) {
        Set<Long> zombies = zombies();
        for (Long zombie : zombies) {
          if (before.contains(zombie) && !waitedForByJdk.containsKey(zombie)) {
            Object unused = waitFor.invoke(null, zombie, true);
          }
        }
        before = zombies;
        if (zombies.isEmpty()) {
          boolean unused = ended.tryAcquire(LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS);
          ended.drainPermits();
        } else {
          Thread.sleep(BETWEEN_LOOKS_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | ReflectiveOperationException e) {
      throw new IllegalStateException("process 1 cannot wait for its children any more", e);
    }
  }

  /** The children of this process that have ended and are waited for by nobody yet. */
  private static Set<Long> zombies() throws IOException {
    Set<Long> found = new HashSet<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (isZombieOfOurs(process)) {
          found.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return found;
  }

  private static boolean isZombieOfOurs(Path process) {
    String stat;
    try {
      stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return false; // it has ended, and was waited for
    }
    return stat.startsWith(" Z 1 ", stat.lastIndexOf(')') + 1);
  }
}
