package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** P9: the code of another release is never run in place of what was registered. */
final class RedeployTest {
  /** In the second release, another lambda has the name that this one had in the first. */
  private static final String PROGRAM =
      """
      package release;
      import dev.lastly.support.Ledger;
      public class Program implements dev.lastly.support.Worker.Plugin {
        public static void named(java.nio.file.Path ledger, String tag) throws java.io.IOException {
          Ledger.append(ledger, tag);
        }
        @Override
        public void defer(dev.lastly.JobContext job, java.nio.file.Path ledger, String tag) {
          if (tag.equals("nothing")) {
            return;
          }
          if (tag.equals("named")) {
            job.defer(Program::named, ledger, tag);
            return;
          }
          %s
          job.defer((file, text) -> Ledger.append(file, text + "-%s"), ledger, tag);
        }
      }
      """;

  private static final String IN_FRONT =
      "if (tag.isEmpty()) job.defer((file, text) -> Ledger.append(file, \"wrong\"), ledger, tag);";

  @TempDir private Path base;
  private Path one = Path.of("");
  private Path two = Path.of("");
  private Path live = Path.of("");
  private Ledger ledger = new Ledger(Path.of(""));

  @BeforeEach
  void compile() throws Exception {
    one = compile("one", PROGRAM.formatted("", "one"));
    two = compile("two", PROGRAM.formatted(IN_FRONT, "two"));
    ledger = new Ledger(base.resolve("ledger"));
    live = base.resolve("app").resolve("live");
    Files.createDirectory(live.getParent());
  }

  private Path compile(String release, String source) throws IOException {
    Path file = base.resolve("source-" + release).resolve("Program.java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    Path classes = Files.createDirectories(base.resolve("releases").resolve(release));
    String classPath = System.getProperty("java.class.path");
    int result =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                System.err,
                System.err,
                "-proc:none",
                "-cp",
                classPath,
                "-d",
                classes.toString(),
                file.toString());
    assertThat(result).isZero();
    return classes;
  }

  private interface Change {
    void make() throws Exception;
  }

  /** A worker runs release one; then the change; then it defers a lambda, or tries to. */
  private void assertRefusedAfter(Change change) throws Exception {
    try (WorkerProcess worker = WorkerProcess.launcher().classes(live).start();
        WorkerProcess reaper = WorkerProcess.launcher().classes(two).start()) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("plugin j release.Program %s nothing".formatted(ledger.file())); // it is loaded
      change.make();
      assertThat(worker.refused("plugin j release.Program %s lambda".formatted(ledger.file())))
          .contains(
              "release.Program#lambda$defer$",
              "was changed or replaced at",
              "and this process started at",
              "defer a named method",
              "or restart this process");
      worker.call("plugin j release.Program %s named".formatted(ledger.file()));
      worker.kill();
      reaper.call("open m " + base + " reap=0");
      reaper.call("reap m");
      assertThat(ledger.counts()).isEqualTo(Map.of("named", 1));
    }
  }

  @Test
  void defer_classOverwrittenWithItsOldTime_isRefused() throws Exception {
    copy(one, live);
    assertRefusedAfter(
        () -> {
          Path file = live.resolve("release/Program.class");
          FileTime before = Files.getLastModifiedTime(file);
          Files.write(file, Files.readAllBytes(two.resolve("release/Program.class")));
          Files.setLastModifiedTime(file, before);
        });
  }

  @Test
  void defer_directoryReplacedByAnOlderOne_isRefused() throws Exception {
    copy(one, live);
    assertRefusedAfter(
        () -> {
          Files.move(live, base.resolve("app").resolve("old"));
          Files.move(two, live);
          copy(live, two); // for the reaper
        });
  }

  /** The JVM follows links of its class path once, so it goes on with what it has started with. */
  @Test
  void defer_linkSetToAnotherRelease_isOfTheFirst() throws Exception {
    Files.createSymbolicLink(live, one);
    assertOfTheFirst(
        "nothing",
        () -> {
          Path next = Files.createSymbolicLink(base.resolve("next"), two);
          Files.move(next, live, StandardCopyOption.ATOMIC_MOVE);
        });
    assertThat(ledger.tags()).containsExactly("lambda-one");
  }

  @Test
  void defer_jarReplacedByAnOlderOne_isRefused() throws Exception {
    Path next = jar(two, base.resolve("two.jar"));
    live = jar(one, base.resolve("app").resolve("app.jar"));
    assertRefusedAfter(() -> Files.move(next, live, StandardCopyOption.ATOMIC_MOVE));
  }

  @Test
  void defer_jarOverwritten_isRefused() throws Exception {
    Path next = jar(two, base.resolve("two.jar"));
    live = jar(one, base.resolve("app").resolve("app.jar"));
    assertRefusedAfter(() -> Files.write(live, Files.readAllBytes(next)));
  }

  /** What it has deferred before made it look at the class while it was the one it had loaded. */
  @Test
  void defer_classReplacedAfterItWasLookedAt_isOfTheFirst() throws Exception {
    copy(one, live);
    assertOfTheFirst("named", () -> copy(two, live));
    assertThat(ledger.tags()).containsExactly("named", "lambda-one");
  }

  private void assertOfTheFirst(String before, Change change) throws Exception {
    try (WorkerProcess worker = WorkerProcess.launcher().classes(live).start()) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("plugin j release.Program %s %s".formatted(ledger.file(), before));
      change.make();
      worker.call("plugin j release.Program %s lambda".formatted(ledger.file()));
      worker.kill();
    }
    try (WorkerProcess second = WorkerProcess.launcher().classes(two).start();
        WorkerProcess again = WorkerProcess.launcher().classes(one).start()) {
      second.call("open m " + base + " reap=0");
      second.call("reap m");
      assertThat(ledger.tags()).doesNotContain("lambda-two", "wrong", "lambda-one");
      again.call("open m " + base + " reap=0");
      again.call("reap m");
    }
  }

  @Test
  void reap_lambdaOfAnotherRelease_waitsForItsOwn() throws Exception {
    try (WorkerProcess first = WorkerProcess.launcher().classes(one).start();
        WorkerProcess second = WorkerProcess.launcher().classes(two).start();
        WorkerProcess again = WorkerProcess.launcher().classes(one).start()) {
      first.call("open m " + base + " reap=0");
      first.call("job m j");
      for (String tag : List.of("named", "lambda")) {
        first.call("plugin j release.Program %s %s".formatted(ledger.file(), tag));
      }
      first.kill();
      second.call("open m " + base + " reap=0");
      second.call("reap m");
      assertThat(ledger.tags()).containsExactly("named");
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT attempts, unresolvable FROM orphaned_function"))
            .singleElement()
            .asString()
            .startsWith("0|")
            .contains(
                "runs only in the class file it was compiled into", "the row needs the class");
      }
      again.call("open m " + base + " reap=0");
      again.call("reap m");
      assertThat(ledger.tags()).containsExactly("named", "lambda-one");
    }
  }

  /** The class that was loaded before the change may be the right one, but that cannot be known. */
  @Test
  void reap_classReplacedSinceTheStart_leavesTheRow() throws Exception {
    copy(one, live);
    try (WorkerProcess first = WorkerProcess.launcher().classes(one).start();
        WorkerProcess reaper = WorkerProcess.launcher().classes(live).start();
        WorkerProcess again = WorkerProcess.launcher().classes(one).start()) {
      reaper.call("open m " + base + " reap=0");
      reaper.call("job m own");
      reaper.call("plugin own release.Program %s nothing".formatted(ledger.file()));
      first.call("open m " + base + " reap=0");
      first.call("job m j");
      first.call("plugin j release.Program %s lambda".formatted(ledger.file()));
      first.kill();
      copy(one, live); // even with the same content: it is not known what was loaded
      reaper.call("reap m");
      assertThat(ledger.tags()).isEmpty();
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT unresolvable FROM orphaned_function"))
            .singleElement()
            .asString()
            .contains("this process has none", "was changed or replaced at");
      }
      again.call("open m " + base + " reap=0");
      again.call("reap m");
      assertThat(ledger.tags()).containsExactly("lambda-one");
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      all.forEach(
          path -> {
            Path target = to.resolve(from.relativize(path).toString());
            try {
              if (Files.readAttributes(path, BasicFileAttributes.class).isDirectory()) {
                Files.createDirectories(target);
              } else {
                Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  private static Path jar(Path classes, Path jar) {
    ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
    int result =
        tool.run(System.err, System.err, "cf", jar.toString(), "-C", classes.toString(), "release");
    assertThat(result).isZero();
    return jar;
  }
}
