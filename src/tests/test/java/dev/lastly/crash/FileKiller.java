package dev.lastly.crash;

import dev.lastly.support.FileBoundary;
import dev.lastly.support.Interposer;
import dev.lastly.support.Interposer.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Kills at the n-th change of a file below the state directory, or in the middle of it. */
final class FileKiller implements Killer {
  private static final int NEVER = 1_000_000_000;

  private final String boundary;
  private final Interposer interposer;
  private final Path logs;
  private final boolean within;

  private FileKiller(String boundary, Interposer interposer, Path logs, boolean within) {
    this.boundary = boundary;
    this.interposer = interposer;
    this.logs = logs;
    this.within = within;
  }

  /** Right before each boundary of these kinds. */
  static FileKiller before(CrashSite site, Path logs, Kind... kinds) throws Exception {
    Interposer interposer = Interposer.watching(site.base()).counting(kinds);
    return new FileKiller(name(kinds), interposer, Files.createDirectories(logs), false);
  }

  /**
   * In the middle of each system call that writes, when half of its bytes are written. All kinds
   * are counted, so the numbers are those of {@link #before} with all kinds.
   */
  static FileKiller within(CrashSite site, Path logs) throws Exception {
    Interposer interposer = Interposer.watching(site.base()).counting(Kind.values());
    return new FileKiller("torn write", interposer, Files.createDirectories(logs), true);
  }

  private static String name(Kind... kinds) {
    List<String> names = new ArrayList<>();
    for (Kind kind : kinds) {
      names.add(
          switch (kind) {
            case CALLS -> "system call";
            case LOCKS -> "lock";
            case STORES -> "store";
          });
    }
    return String.join(", ", names);
  }

  @Override
  public String boundary() {
    return boundary;
  }

  @Override
  public void arm(CrashChild.Launcher child, int n) {
    Interposer armed = interposer.logging(logs.resolve(n + ".log"));
    (within ? armed.killingWithin(n) : armed.killingBefore(n))
        .environment()
        .forEach(child::environment);
  }

  @Override
  public String where(EventLog log) throws IOException {
    return all().stream()
        .filter(b -> b.kind().equals("kill"))
        .reduce((a, b) -> a.number() > b.number() ? a : b)
        .map(b -> (within ? "in the middle of " : "before ") + b.to() + " of " + b.path())
        .orElse("at an unknown place");
  }

  private List<FileBoundary> all() throws IOException {
    List<FileBoundary> all = new ArrayList<>();
    try (java.util.stream.Stream<Path> files = Files.list(logs)) {
      for (Path file : files.toList()) {
        all.addAll(FileBoundary.read(file));
      }
    }
    return all;
  }

  /** All boundaries, as a run shows that no kill reaches. */
  List<FileBoundary> survey(CrashSite site) throws Exception {
    if (!site.kill(this, NEVER).survived()) {
      throw new AssertionError("killed " + where(new EventLog(logs)));
    }
    return FileBoundary.read(logs.resolve(NEVER + ".log"));
  }

  /** Which of them write more than a byte, so that they can be torn. */
  static List<Integer> writes(List<FileBoundary> survey) {
    return survey.stream()
        .filter(b -> b.kind().equals("write") && b.length() > 1)
        .map(b -> Math.toIntExact(b.number()))
        .toList();
  }
}
