package dev.lastly.testkit.junit;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.JobContext;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.LastlyException;
import dev.lastly.model.OnFailure;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.testkit.junit.JobOf.Scope;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** The manager of the tests of a JVM. Their store closes it, after their jobs. Thread-safe. */
@SuppressWarnings("deprecation") // stores of JUnit before 5.13 close nothing else
final class TestManager implements ExtensionContext.Store.CloseableResource, AutoCloseable {
  private static final int PAGE = 1_000;

  private final TestStateDirectory place;
  private final DeferredFunctionManager manager;

  private TestManager(TestStateDirectory place, DeferredFunctionManager manager) {
    this.place = place;
    this.manager = manager;
  }

  static TestManager open(TestStateDirectory place) {
    Settings settings =
        Settings.builder()
            .label("JUnit")
            .guardian(place.guardian())
            .functionTimeout(CleanUpExtension.FUNCTION_TIMEOUT)
            .onFailure(OnFailure.THROW)
            .onShutdown(OnShutdown.NOTHING) // a test does not end early, and the guardian is there
            .build();
    try {
      return new TestManager(place, DeferredFunctionManager.open(place.base(), settings));
    } catch (LastlyException e) {
      throw refused(place, e, CleanUpExtension.STATE_DIR_PROPERTY_NAME + " names another one");
    } catch (IllegalArgumentException e) {
      throw refused(place, e, CleanUpExtension.GUARDIAN_PROPERTY_NAME + "=false does without one");
    }
  }

  private static ExtensionConfigurationException refused(
      TestStateDirectory place, RuntimeException e, String advice) {
    return new ExtensionConfigurationException(
        String.format(
            Locale.ROOT,
            "cannot use the state directory %s of the tests: %s. The configuration parameter %s",
            place.base(),
            e.getMessage(),
            advice),
        e);
  }

  /** Opens a job, after it has run what earlier JVMs have left. */
  TestJob open(Scope scope, ExtensionContext context) {
    String name = scope == Scope.SESSION ? "session" : name(context);
    Duration keep = keep(scope, context);
    JobContext job = manager.openJob(name);
    if (!keep.isZero()) {
      job.keepOnFailure(f -> true, keep);
    }
    return new TestJob(scope, name, job, !keep.isZero(), context, this);
  }

  Path stateDir() {
    return place.base();
  }

  /** Functions of this process's jobs with that name that wait; the first of them. */
  List<FunctionRow> waiting(String job) {
    FunctionFilter waiting =
        FunctionFilter.all()
            .job(job)
            .owner(manager.ownerId())
            .states(Set.of(FunctionState.RETRY_WAIT));
    try (Inspector inspector = Inspector.open(place.base())) {
      return inspector.functions(waiting, 0, PAGE);
    }
  }

  /** For people, as long and with such characters as the name of a job may have. */
  private static String name(ExtensionContext context) {
    Class<?> type = context.getRequiredTestClass();
    String name = context.getTestMethod().isPresent() ? context.getDisplayName() : "";
    String whole = name.isEmpty() ? type.getName() : type.getSimpleName() + " > " + name;
    String plain = whole.replaceAll("[\\p{Cc}\\p{Cs}]", "?");
    int end = Math.min(plain.length(), Settings.MAX_LABEL_LENGTH);
    boolean cutsPair = end < plain.length() && Character.isHighSurrogate(plain.charAt(end - 1));
    return plain.substring(0, cutsPair ? end - 1 : end);
  }

  private static Duration keep(Scope scope, ExtensionContext context) {
    Optional<KeepOnFailure> nearest = scope == Scope.SESSION ? Optional.empty() : nearest(context);
    if (nearest.isPresent()) {
      String value = nearest.get().value();
      return value.isEmpty() ? JobContext.DEFAULT_KEEP : duration("@KeepOnFailure", value);
    }
    String property = CleanUpExtension.KEEP_ON_FAILURE_PROPERTY_NAME;
    return TestStateDirectory.parameter(context, property)
        .map(text -> duration(property, text))
        .orElse(Duration.ZERO);
  }

  private static Optional<KeepOnFailure> nearest(ExtensionContext context) {
    Optional<KeepOnFailure> found = Optional.empty();
    for (@Nullable ExtensionContext at = context;
        at != null && found.isEmpty();
        at = at.getParent().orElse(null)) {
      found = AnnotationSupport.findAnnotation(at.getElement(), KeepOnFailure.class);
    }
    return found;
  }

  private static Duration duration(String name, String text) {
    try {
      return FunctionOptions.defaults().keepIfFailed(Duration.parse(text)).keepIfFailed();
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new ExtensionConfigurationException(
          String.format(
              Locale.ROOT,
              "%s must be a duration of ISO 8601, such as PT2H, and at most %s; got '%s'",
              name,
              FunctionOptions.MAX_WAIT,
              text),
          e);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
