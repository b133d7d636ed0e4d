package dev.lastly.guardian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How much room a guardian takes, and that no kill leaves anything. {@code make guardian} is the
 * long form. Prints what it measures; only the room has a limit, because time depends on what else
 * the machine does.
 */
@Tag("campaign")
class GuardianFiguresTest {
  private static final int KILLS = Integer.getInteger("lastly.kills", 3);

  /** Of JDK 17; others take more, see docs/guardian.md. */
  private static final long MOST_KIB = (Runtime.version().feature() == 17 ? 64L : 80L) << 10;

  /**
   * What the library needs; an application's own come on top. Here HikariCP, Flyway and Jackson are
   * jars, if the library's classes are not those of its shaded jar.
   */
  private static final String[] LIBRARIES = {
    "sqlite-jdbc", "slf4j-", "jspecify", "HikariCP", "flyway-", "jackson-"
  };

  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

  @TempDir Path base;

  @Test
  void resident_watchingAndAfterItsFirstFunctions_isSmall() throws Exception {
    try (Guarded guarded = new Guarded(base);
        WorkerProcess worker = WorkerProcess.launcher().libraries(LIBRARIES).start()) {
      worker.call("open m " + base + " guardian=");
      long guardian = guarded.await();
      worker.call("job m j");
      for (int i = 0; i < 20; i++) {
        Path tree = Files.createDirectories(base.resolve("tree-" + i + "/a/b"));
        worker.call("tree j " + tree.resolve("../..").normalize());
      }
      worker.call("defer j fail %s f".formatted(base.resolve("ledger"))); // so that it stays
      long watching = settled(guardian);
      worker.kill();
      Await.until("it has begun to retry", () -> guarded.news().contains("unfinished"));
      long after = settled(guardian);
      System.out.printf(
          Locale.ROOT, "guardian: resident %d KiB watching, %d KiB after%n", watching, after);
      assertThat(watching).isLessThanOrEqualTo(MOST_KIB);
      assertThat(after).isLessThanOrEqualTo(MOST_KIB + MOST_KIB / 8);
    }
  }

  /** Once it does not grow for a second. */
  private static long settled(long pid) throws Exception {
    long last = -1;
    for (long now = resident(pid); now > last; now = resident(pid)) {
      last = now;
      TimeUnit.SECONDS.sleep(1);
    }
    return last;
  }

  private static long resident(long pid) {
    Matcher found =
        RESIDENT.matcher(String.valueOf(Guarded.text(Path.of("/proc/" + pid + "/status"))));
    assertThat(found.find()).as("guardian %d lives", pid).isTrue();
    return Long.parseLong(found.group(1));
  }

  /** As a test run or a CI job: one JVM, with a container, a child and a directory. */
  @Test
  void kill_theOnlyWorkerAgainAndAgain_containerChildAndDirectoryAreGone() throws Exception {
    List<Long> first = new ArrayList<>();
    List<Long> last = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      kill(Files.createDirectories(base.resolve("run-" + i)), i, first, last);
    }
    Collections.sort(first);
    Collections.sort(last);
    System.out.printf(
        Locale.ROOT,
        "guardian: %d of %d kills cleaned up; ms from the kill to the first: %s; to the last: %s%n",
        last.size(),
        KILLS,
        percentiles(first),
        percentiles(last));
    assertThat(last).hasSize(KILLS);
  }

  private static String percentiles(List<Long> sorted) {
    return String.format(
        Locale.ROOT,
        "p50 %d, p99 %d, max %d",
        sorted.get(sorted.size() / 2),
        sorted.get(Math.min(sorted.size() - 1, sorted.size() * 99 / 100)),
        sorted.get(sorted.size() - 1));
  }

  private static void kill(Path run, int number, List<Long> first, List<Long> last)
      throws Exception {
    Things things = Things.in(run);
    try (Guarded guarded = new Guarded(run);
        WorkerProcess worker = WorkerProcess.launcher().environment(things.environment()).start()) {
      worker.call("open m " + run + " guardian=");
      guarded.await();
      worker.call("job m j");
      things.register(worker);
      TimeUnit.MILLISECONDS.sleep(500 + 37L * (number % 20)); // the kill hits any moment of a look
      long start = System.nanoTime();
      worker.strike();
      Await.until("the first is gone", Duration.ofSeconds(20), things::isAnyGone);
      first.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      Await.until("all are gone", Duration.ofSeconds(20), things::areAllGone);
      last.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      guarded.awaitNone();
    }
  }
}
