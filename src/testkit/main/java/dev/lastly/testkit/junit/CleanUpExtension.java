package dev.lastly.testkit.junit;

import dev.lastly.Deferrer;
import dev.lastly.JobContext;
import dev.lastly.testkit.junit.JobOf.Scope;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestWatcher;
import org.opentest4j.TestAbortedException;

/**
 * Removes what tests create outside their JVM: containers, directories, processes, schemas. It does
 * so when the test ends; if the test's JVM is killed, a guardian does it at once; after a reboot,
 * the next test run does.
 *
 * <pre>{@code
 * @ExtendWith(CleanUpExtension.class)
 * class ExportTest {
 *   @BeforeAll
 *   static void startDatabase(JobContext job) { job.removeContainer("db-17"); … }  // of the class
 *
 *   @Test
 *   void writes(Deferrer job) { job.deleteTree(scratch); … }                       // of this test
 * }
 * }</pre>
 *
 * <p>Fills parameters of the types {@link Deferrer} and {@link JobContext} with the job of the test
 * or of the class, as {@link JobOf} says. All parameters with one scope have one job. The extension
 * ends the jobs: a test that passes commits its own, which {@link JobContext#onlyIfFailed} may
 * need.
 *
 * <p><b>Order.</b> Jobs of tests end before those of their class, and these before that of the
 * session. Within a job, what was registered last runs first. The job of a test ends before JUnit
 * deletes a {@code @TempDir} of the test.
 *
 * <p><b>Failures.</b> If a function of a job fails, the test fails with an {@link AssertionError}
 * that names it. If the test has failed already, that is added to its failure as suppressed. For
 * the job of a class, the class fails. The function is tried again, also after the end of the JVM.
 *
 * <p><b>The state directory</b> outlives the JVM. By default it is one for each working directory,
 * below {@code $XDG_STATE_HOME/lastly/junit} or {@code ~/.local/state/lastly/junit}, so that {@code
 * mvn clean} does not delete it. JVMs of the same build share it. They run one another's functions
 * only after a death. Register methods that later builds have, too: a lambda runs only in a process
 * with the same class file.
 *
 * <p><b>Settings</b> are those of {@link dev.lastly.model.Settings#defaults}, but: there is a
 * guardian; a function may run for {@link #FUNCTION_TIMEOUT}; the shutdown of the JVM does not wait
 * for open jobs. The constants of this class name the parameters of JUnit's configuration. They can
 * be system properties, or stand in {@code junit-platform.properties}.
 *
 * <p>For JUnit 5.10 and newer, and 6. Has no state of its own; for parallel tests, too.
 */
public final class CleanUpExtension
    implements ParameterResolver,
        AfterEachCallback,
        AfterAllCallback,
        TestWatcher,
        InvocationInterceptor {
  /**
   * Where the state directory is: {@value}. A relative path is one of the working directory. It
   * must be on a local file system, and other users must not be able to write it.
   */
  public static final String STATE_DIR_PROPERTY_NAME = "lastly.junit.state-dir";

  /**
   * Whether there is a guardian: {@value}, {@code true} or {@code false}. Without one, what a
   * killed JVM has left waits for the next test run.
   */
  public static final String GUARDIAN_PROPERTY_NAME = "lastly.junit.guardian";

  /**
   * How long what a failed test leaves is kept, unless {@link KeepOnFailure} says it: {@value}, a
   * duration of ISO 8601 such as {@code PT2H}. By default nothing is kept.
   */
  public static final String KEEP_ON_FAILURE_PROPERTY_NAME = "lastly.junit.keep-on-failure";

  /**
   * How long a function may run, unless its options say it: a function that hangs must not make the
   * build hang.
   */
  public static final Duration FUNCTION_TIMEOUT = Duration.ofMinutes(5);

  private static final Namespace NAMESPACE = Namespace.create(CleanUpExtension.class);

  /** Made by JUnit. */
  public CleanUpExtension() {}

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Deferrer.class || type == JobContext.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Optional<JobOf> asked = parameter.findAnnotation(JobOf.class);
    Scope scope = asked.map(JobOf::value).orElse(isOfTest(context) ? Scope.TEST : Scope.CLASS);
    return switch (scope) {
      case TEST -> {
        if (!isOfTest(context)) {
          throw new ParameterResolutionException(
              "the scope TEST is for parameters of test, @BeforeEach and @AfterEach methods;"
                  + " leave @JobOf out, or give it the scope CLASS or SESSION");
        }
        yield job(scope, context, context.getStore(NAMESPACE));
      }
      case CLASS -> {
        ExtensionContext ofClass = classOf(context);
        yield job(scope, ofClass, ofClass.getStore(NAMESPACE));
      }
      case SESSION -> job(scope, context.getRoot(), session(context));
    };
  }

  private static boolean isOfTest(ExtensionContext context) {
    return context.getTestMethod().isPresent();
  }

  private static ExtensionContext classOf(ExtensionContext context) {
    ExtensionContext at = context;
    while (isOfTest(at)) {
      at = at.getParent().orElseThrow();
    }
    return at;
  }

  /** The store whose values are closed last. */
  private static Store session(ExtensionContext context) {
    try {
      return context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE);
    } catch (LinkageError e) { // JUnit before 5.13
      return context.getRoot().getStore(NAMESPACE);
    }
  }

  /** A store also gives the values of the stores above it, so the id of the context is needed. */
  private record Key(Scope scope, String id) {
    static Key of(Scope scope, ExtensionContext context) {
      return new Key(scope, scope == Scope.SESSION ? "" : context.getUniqueId());
    }
  }

  private static JobContext job(Scope scope, ExtensionContext context, Store store) {
    TestStateDirectory place = TestStateDirectory.of(context);
    // First: a store closes first what was put there last.
    TestManager manager =
        inStore(session(context), place, TestManager.class, () -> TestManager.open(place));
    Key key = Key.of(scope, context);
    return inStore(store, key, TestJob.class, () -> manager.open(scope, context)).job();
  }

  /** What a store has, or else is given. */
  @SuppressWarnings("deprecation") // JUnit 5 has no computeIfAbsent
  private static <V> V inStore(Store store, Object key, Class<V> type, Supplier<V> make) {
    return Objects.requireNonNull(store.getOrComputeIfAbsent(key, k -> make.get(), type));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    end(Scope.TEST, context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (isFailure(context.getExecutionException().orElse(null))) {
      fail(context);
    }
    end(Scope.CLASS, context);
  }

  /** Now, while its store would do it only after others have closed what is theirs. */
  private static void end(Scope scope, ExtensionContext context) {
    TestJob job = context.getStore(NAMESPACE).get(Key.of(scope, context), TestJob.class);
    if (job != null) {
      job.close();
    }
  }

  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    context.getParent().ifPresent(CleanUpExtension::fail); // its own store is closed
  }

  @Override
  public void interceptDynamicTest(
      Invocation<@Nullable Void> invocation,
      DynamicTestInvocationContext test,
      ExtensionContext context)
      throws Throwable {
    try {
      invocation.proceed();
    } catch (Throwable e) { // whatever the test throws, JUnit gets it below
      if (isFailure(e)) {
        context.getParent().ifPresent(CleanUpExtension::fail);
      }
      throw e;
    }
  }

  /** Lets the job of a context, and those of all above it, keep what they are to keep. */
  private static void fail(ExtensionContext context) {
    for (@Nullable ExtensionContext at = context; at != null; at = at.getParent().orElse(null)) {
      Store store = at.getStore(NAMESPACE);
      fail(store, Key.of(Scope.TEST, at));
      fail(store, Key.of(Scope.CLASS, at));
    }
    fail(session(context), Key.of(Scope.SESSION, context));
  }

  private static void fail(Store store, Key key) {
    TestJob job = store.get(key, TestJob.class);
    if (job != null) {
      job.fail();
    }
  }

  /** An aborted test is none. */
  static boolean isFailure(@Nullable Throwable thrown) {
    return thrown != null && !(thrown instanceof TestAbortedException);
  }
}
