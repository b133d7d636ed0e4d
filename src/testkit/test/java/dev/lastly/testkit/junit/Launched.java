package dev.lastly.testkit.junit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** What becomes of test classes that a test runs in its own JVM. Thread-safe. */
final class Launched implements TestExecutionListener {
  private final Map<String, TestExecutionResult> results = new ConcurrentHashMap<>();
  private final Queue<String> told = new ConcurrentLinkedQueue<>();

  /** Runs all tests of some classes, in a session of their own. */
  static Launched run(Map<String, String> parameters, Class<?>... types) {
    return run(LauncherFactory.create(), parameters, types);
  }

  /** Runs all tests of some classes in a session of the caller's. */
  static Launched run(Launcher launcher, Map<String, String> parameters, Class<?>... types) {
    Launched launched = new Launched();
    launcher.execute(
        LauncherDiscoveryRequestBuilder.request()
            .selectors(Stream.of(types).map(type -> selectClass(type)).toList())
            .filters(EngineFilter.includeEngines("junit-jupiter"))
            .configurationParameters(parameters)
            .build(),
        launched);
    return launched;
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    results.put(test.getLegacyReportingName(), result);
  }

  @Override
  public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
    told.addAll(entry.getKeyValuePairs().values());
  }

  /** Why a test, or a class, has failed, by its method's or class's name; empty if it has not. */
  Optional<Throwable> failure(String name) {
    return results.entrySet().stream()
        .filter(result -> result.getKey().startsWith(name))
        .flatMap(result -> result.getValue().getThrowable().stream())
        .findFirst();
  }

  /** The names of all that have failed. */
  List<String> failures() {
    return results.entrySet().stream()
        .filter(result -> result.getValue().getStatus() == TestExecutionResult.Status.FAILED)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** The entries of the report. */
  List<String> told() {
    return List.copyOf(told);
  }
}
