package dev.lastly.mutants;

import java.util.Set;
import java.util.regex.Pattern;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes until one fails, and names it: one failing test is enough to catch a mutant. It
 * starts ten times as fast as a build tool.
 *
 * <p>Arguments: simple names of test classes; none: all of {@code make test}. Exit status: 0 if all
 * passed, {@link #CAUGHT} if one failed, anything else if they could not be run.
 */
public final class FirstFailure implements TestExecutionListener {
  private static final int CAUGHT = 100;
  private static final int NOTHING_RUN = 2;
  private static final int LONGEST_MESSAGE = 220;
  private static final String ALL = "[A-Za-z]+Test";

  private int passed;

  private FirstFailure() {}

  /** See the class. */
  public static void main(String[] args) {
    FirstFailure listener = new FirstFailure();
    LauncherFactory.create().execute(request(Set.of(args)), listener);
    System.out.println(listener.passed + " tests passed");
    System.exit(listener.passed == 0 ? NOTHING_RUN : 0);
  }

  private static LauncherDiscoveryRequest request(Set<String> names) {
    String wanted = names.isEmpty() ? ALL : String.join("|", names);
    return LauncherDiscoveryRequestBuilder.request()
        .selectors(DiscoverySelectors.selectPackage("dev.lastly"))
        .filters(
            ClassNameFilter.includeClassNamePatterns(".*\\.(" + wanted + ")"),
            ClassNameFilter.excludeClassNamePatterns(
                MutantsTest.class.getName()), // sees each patch
            TagFilter.excludeTags("os"))
        .configurationParameter("jqwik.shrinking.default", "OFF") // the first example will do
        .configurationParameter("jqwik.database", "target/jqwik-database")
        .build();
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
      String message = result.getThrowable().map(Throwable::toString).orElse("no exception");
      System.out.println(name(test) + "\n      " + oneLine(message));
      System.exit(CAUGHT); // whatever the test has started it has ended by now
    }
    passed += test.isTest() ? 1 : 0;
  }

  private static String name(TestIdentifier test) {
    return test.getSource()
        .map(
            source -> {
              if (source instanceof MethodSource method) {
                return simple(method.getClassName()) + "#" + method.getMethodName();
              }
              return source instanceof ClassSource type
                  ? simple(type.getClassName())
                  : source.toString();
            })
        .orElse(test.getDisplayName());
  }

  private static String simple(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }

  private static String oneLine(String message) {
    String line = Pattern.compile("\\s+").matcher(message.strip()).replaceAll(" ");
    return line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE) + " …";
  }
}
