package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.Inspector;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import dev.lastly.support.ShutdownHooks;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Repeated use of a state directory does not increase what the JVM keeps open. */
class LeftoversTest {
  private static final int CYCLES = 12;
  private static final int READERS = 6;
  private static final Settings SETTINGS =
      Settings.builder()
          .reapInterval(Duration.ofMillis(20))
          .durability(Durability.PROCESS_CRASH)
          .build();

  /** A read takes less than a millisecond, opening a connection for it a few; 30 s was seen. */
  private static final Duration LONGEST_READ = Duration.ofSeconds(5);

  @TempDir Path base;

  /** A whole use of the directory. */
  private interface Use {
    void once(int number) throws Exception;
  }

  @Test
  @Timeout(120)
  void close_besideThreadsThatAskForStates_leavesNothingAndKeepsNoThreadWaiting() throws Exception {
    assertNothingGrows(this::closeBesideReaders);
  }

  @Test
  @Timeout(120)
  void cleanupWorker_againAndAgain_leavesNothing() throws Exception {
    DeferredFunctionManager.open(base).close();
    assertNothingGrows(number -> DeferredFunctionManager.cleanupWorker(base));
  }

  @Test
  @Timeout(120)
  void inspector_againAndAgain_leavesNothing() throws Exception {
    DeferredFunctionManager.open(base).close();
    assertNothingGrows(
        number -> {
          try (Inspector inspector = Inspector.open(base)) {
            assertThat(inspector.owners(0, 9)).hasSize(1);
          }
        });
  }

  private void closeBesideReaders(int number) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(READERS);
    try {
      DeferredFunctionManager manager = DeferredFunctionManager.open(base, SETTINGS);
      JobContext job = manager.openJob();
      DeferredHandle handle = job.defer(LeftoversTest::succeed);
      CountDownLatch reading = new CountDownLatch(READERS);
      List<Future<Duration>> longest = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        longest.add(threads.submit(() -> readUntilClosed(handle, reading)));
      }
      reading.await();
      if (number % 2 == 1) {
        Thread.currentThread().interrupt();
      }
      manager.close();
      assertThat(Thread.interrupted()).isEqualTo(number % 2 == 1);
      assertThat(descriptors()).as("on return").containsOnly("owners.lock");
      for (Future<Duration> one : longest) {
        assertThat(one.get()).isLessThan(LONGEST_READ);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Duration readUntilClosed(DeferredHandle handle, CountDownLatch reading) {
    long longest = 0;
    while (true) {
      long start = System.nanoTime();
      try {
        assertThat(handle.state()).isPresent();
      } catch (StoreException e) {
        assertThat(e).hasMessageContaining("has been closed by this manager");
        return Duration.ofNanos(Math.max(longest, System.nanoTime() - start));
      } finally {
        reading.countDown();
      }
      longest = Math.max(longest, System.nanoTime() - start);
    }
  }

  static void succeed() {}

  private void assertNothingGrows(Use use) throws Exception {
    for (int i = 0; i < 4; i++) { // until what is loaded once is loaded
      use.once(i);
    }
    Map<String, Long> objects = objects();
    List<String> hooks = ShutdownHooks.named("");
    for (int i = 0; i < CYCLES; i++) {
      use.once(i);
    }
    assertThat(descriptors()).containsExactly("owners.lock");
    assertThat(ShutdownHooks.named("")).isEqualTo(hooks);
    Await.until("the threads have ended", () -> threads().isEmpty());
    Map<String, Long> growth = growth(objects);
    assertThat(growth).as("more objects than before, by class").isEmpty();
  }

  private static Map<String, Long> growth(Map<String, Long> before) throws Exception {
    Map<String, Long> after = objects();
    after.replaceAll((type, count) -> count - before.getOrDefault(type, 0L));
    after.values().removeIf(more -> more < CYCLES / 2); // a cache may have got another entry
    // HikariCP leaves a list in each thread that has used a pool. Its key is weak, and the JDK
    // drops
    // such entries when the thread's table would have to grow, so their number has a bound.
    after.remove("dev.lastly.internal.shaded.hikari.util.FastList");
    after.remove("java.lang.ThreadLocal$ThreadLocalMap$Entry");
    return after;
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("lastly-") && !name.equals("lastly-preload"))
        .toList();
  }

  /** How many objects there are of each class of the library and of those that it opens. */
  private static Map<String, Long> objects() throws Exception {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    Pattern line =
        Pattern.compile(
            "(\\d+) +\\d+"
                + " +((?:dev\\.lastly|org\\.sqlite|java\\.lang\\.Thread|sun\\.nio\\.ch"
                + "\\.FileChannelImpl|java\\.util\\.concurrent\\.ThreadPoolExecutor)\\S*)");
    Map<String, Long> objects = new TreeMap<>();
    Matcher lines = line.matcher(histogram);
    while (lines.find()) {
      objects.put(lines.group(2), Long.parseLong(lines.group(1)));
    }
    assertThat(objects).containsKey("java.lang.Thread");
    return objects;
  }

  /** Files below the base that this JVM has open. */
  private List<String> descriptors() throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : all.toList()) {
        // The descriptor of the listing itself is gone with it.
        if (Files.isSymbolicLink(descriptor)
            && Files.readSymbolicLink(descriptor).startsWith(base)) {
          open.add(Files.readSymbolicLink(descriptor).getFileName().toString());
        }
      }
    }
    return open;
  }
}
