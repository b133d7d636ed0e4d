package dev.lastly.fleet;

import dev.lastly.support.DriverBoundaries;
import dev.lastly.support.Sigkill;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Kills its own process before or after a statement, or a commit, of a kind at which no process has
 * died yet. The kinds are the texts; a commit is known by the last statement before it. Which were
 * struck is kept in a directory, a file for each, so that processes one after the other and side by
 * side strike at each once. Thread-safe.
 */
final class KillPoints implements DriverBoundaries.Listener {
  private final Path struck;
  private final boolean everySide;
  private final long seed;
  private final Set<String> passed = ConcurrentHashMap.newKeySet();
  private final ThreadLocal<Progress> progress = ThreadLocal.withInitial(Progress::new);
  private volatile boolean armed;

  /**
   * Strikes nowhere yet.
   *
   * @param struck the directory
   * @param everySide whether to strike everywhere: also at reads, and at statements of a
   *     transaction, which then is not committed. Otherwise only at half of what remains
   * @param seed which half
   */
  KillPoints(Path struck, boolean everySide, long seed) {
    this.struck = struck;
    this.everySide = everySide;
    this.seed = seed;
  }

  /** From now on. */
  void arm() {
    armed = true;
  }

  /** Whether a statement with this text was sent. */
  boolean hasPassed(String part) {
    return passed.stream().anyMatch(point -> point.contains(part));
  }

  /** Where a thread is. */
  private static final class Progress {
    private boolean inTransaction;
    private String last = "";

    void note(String what) {
      inTransaction = what.startsWith("SET LOCAL ") || (inTransaction && !isEnd(what));
      last = what;
    }
  }

  @Override
  public void before(String what) {
    if (isStatement(what) && isPoint(what)) {
      reached("before: " + kind(what));
    }
  }

  @Override
  public void after(String what) {
    if (!isStatement(what)) {
      return;
    }
    if (isPoint(what)) {
      reached("after: " + kind(what));
    }
    progress.get().note(what);
  }

  private boolean isPoint(String what) {
    boolean changes = what.matches("(INSERT|UPDATE|DELETE|WITH) .*");
    return everySide || isEnd(what) || (changes && !progress.get().inTransaction);
  }

  private static boolean isStatement(String what) {
    return !what.equals("setAutoCommit()") && !what.startsWith("opening ");
  }

  private static boolean isEnd(String what) {
    return what.equals("commit()") || what.equals("rollback()");
  }

  private String kind(String what) {
    return isEnd(what) ? what + " after: " + progress.get().last : what;
  }

  /** One thread at a time: another one must not claim a point while this one dies. */
  private synchronized void reached(String point) {
    if (!armed || !passed.add(point) || !isChosen(point)) {
      return;
    }
    try {
      Path file = struck.resolve(Integer.toHexString(point.hashCode()));
      Files.writeString(Files.createFile(file), point);
    } catch (FileAlreadyExistsException e) {
      return; // another process has died there
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Sigkill.strike();
  }

  private boolean isChosen(String point) {
    return everySide || new SplittableRandom(seed ^ point.hashCode()).nextBoolean();
  }

  /** All points at which processes have died. */
  static List<String> all(Path struck) throws IOException {
    List<String> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(struck)) {
      for (Path file : files.toList()) {
        all.add(Files.readString(file));
      }
    }
    return all;
  }
}
