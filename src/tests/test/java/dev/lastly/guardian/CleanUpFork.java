package dev.lastly.guardian;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.lastly.Deferrer;
import dev.lastly.JobContext;
import dev.lastly.testkit.junit.CleanUpExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** A JVM that runs tests with the test kit's extension, as a fork of a build does. */
public final class CleanUpFork {
  private CleanUpFork() {}

  /**
   * Runs a test that creates a directory in the one that is given, starts a process, tells of both,
   * and waits until its standard input ends.
   *
   * @param args none; the working directory is the world
   */
  public static void main(String[] args) {
    System.exit((int) failures(Waiting.class, Map.of()));
  }

  /** Runs tests in this JVM. Returns how many have failed. */
  static long failures(Class<?> type, Map<String, String> parameters) {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(type))
                .filters(EngineFilter.includeEngines("junit-jupiter"))
                .configurationParameters(parameters)
                .build(),
            summary);
    summary.getSummary().getFailures().forEach(f -> f.getException().printStackTrace());
    return summary.getSummary().getTotalFailureCount();
  }

  /** What is killed. */
  @ExtendWith(CleanUpExtension.class)
  static final class Waiting {
    @Test
    void test(JobContext job) throws IOException {
      Path own = Path.of("own-" + ProcessHandle.current().pid()).toAbsolutePath();
      job.deleteTree(own);
      Files.createDirectory(own);
      Process child = job.start(new ProcessBuilder("sleep", "600"));
      System.out.println(own + " " + child.pid());
      int unused = System.in.read();
    }
  }

  /** The next test run, which creates nothing. */
  @ExtendWith(CleanUpExtension.class)
  static final class Next {
    @Test
    void test(Deferrer job) {}
  }
}
