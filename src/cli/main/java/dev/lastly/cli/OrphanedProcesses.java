package dev.lastly.cli;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.proc.ProcStat;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
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
 * The duty of process 1 in a pid namespace: orphaned processes become its children, and it must
 * wait for them (wait(2)). Otherwise they stay zombies, until the namespace has no pid left. The
 * JDK waits only for processes that it started. Java 17 has no other way to wait than the JDK's
 * internal method, which needs {@code --add-opens java.base/java.lang=ALL-UNNAMED}; the launcher
 * and the jar's manifest give it.
 */
final class OrphanedProcesses implements Runnable {
  private static final Path PROC = Path.of("/proc");

  /** SIGCHLD announces the end of a child; this bounds the delay if a signal is missed. */
  private static final long LONGEST_WAIT_MILLIS = 1_000;

  /** A zombie is waited for when two looks have seen it: the JDK's own children are gone then. */
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

  /** If this is process 1, waits in the background for the children that it gets. */
  static void waitForThemIfInit(PrintStream err) {
    if (!isInit()) {
      return;
    }
    try {
      OrphanedProcesses orphans = new OrphanedProcesses();
      // Never closed: needed until this process ends.
      Signals unused = Signals.tell(List.of("CHLD"), name -> orphans.ended.release());
      Thread thread = new Thread(orphans, "lastly-orphaned-processes");
      thread.setDaemon(true);
      thread.start();
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      err.println(
          "lastly: warning: this is process 1, and this Java cannot wait for processes that it has"
              + " not started, so they stay zombies when they end ("
              + e
              + "); start lastly with its launcher, or under an init such as tini or 'docker run"
              + " --init'");
    }
  }

  /** Without ProcessHandle, which would add some milliseconds to every start. */
  private static boolean isInit() {
    try {
      return Files.readSymbolicLink(PROC.resolve("self")).toString().equals("1");
    } catch (IOException e) {
      return false; // without /proc, zombies cannot be found
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
      throw new IllegalStateException(
          "process 1 can no longer wait for its children; restart the container", e);
    }
  }

  /** The pids of this process's children that have ended and have not been waited for. */
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
    try {
      ProcStat stat = ProcStat.parse(Posix.textOf(process.resolve("stat")));
      // A wait for a leader that ended before its threads would block until they end, too.
      return stat.parent() == 1 && stat.hasEnded();
    } catch (IOException e) {
      return false; // it has ended and was waited for
    }
  }
}
