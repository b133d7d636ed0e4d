package dev.lastly.testkit.junit;

import static java.util.stream.Collectors.joining;

import dev.lastly.JobContext;
import dev.lastly.internal.spi.Log;
import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.LastlyException;
import dev.lastly.testkit.junit.JobOf.Scope;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The job of a test, a class or the session. The extension ends it; its store does, if the
 * extension could not. Thread-safe.
 */
@SuppressWarnings("deprecation") // stores of JUnit before 5.13 close nothing else
final class TestJob implements ExtensionContext.Store.CloseableResource, AutoCloseable {
  private static final Log log = Log.of(CleanUpExtension.class);

  /** As many functions as one line should tell of. */
  private static final int SHOWN = 5;

  private final Scope scope;
  private final String name;
  private final JobContext job;
  private final boolean keeps;
  private final ExtensionContext context;
  private final TestManager manager;
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile boolean failed;

  /**
   * For an open job.
   *
   * @param scope what it belongs to
   * @param name its name
   * @param job the job
   * @param keeps whether it keeps what it leaves if it fails
   * @param context of the test, the class or all tests
   * @param manager its manager
   */
  TestJob(
      Scope scope,
      String name,
      JobContext job,
      boolean keeps,
      ExtensionContext context,
      TestManager manager) {
    this.scope = scope;
    this.name = name;
    this.job = job;
    this.keeps = keeps;
    this.context = context;
    this.manager = manager;
  }

  JobContext job() {
    return job;
  }

  /** A test has failed that the job belongs to. */
  void fail() {
    failed = true;
  }

  @Override
  public void close() {
    if (ended.getAndSet(true)) {
      return;
    }
    boolean success =
        !failed && !CleanUpExtension.isFailure(context.getExecutionException().orElse(null));
    List<CleanUpFailedException.Failure> failures = List.of();
    try {
      end(success);
    } catch (CleanUpFailedException e) {
      failures = e.failures();
      throw failed(e);
    } finally {
      if (keeps && !success) {
        tellWhatIsKept(failures.stream().map(f -> f.functionId()).collect(Collectors.toSet()));
      }
    }
  }

  private void end(boolean success) {
    try (job) {
      if (success) {
        job.commit();
      }
    }
  }

  private AssertionError failed(CleanUpFailedException e) {
    return new AssertionError(
        String.format(
            Locale.ROOT,
            "the clean-up of %s is incomplete: %s. Look at it with: lastly --state-dir '%s' list",
            name,
            e.failures().stream().map(Object::toString).collect(joining("; ")),
            manager.stateDir()),
        e);
  }

  private void tellWhatIsKept(Set<Long> failures) {
    try {
      List<FunctionRow> kept =
          manager.waiting(name).stream()
              .filter(f -> f.jobId() == job.id().orElse(0) && !failures.contains(f.id()))
              .toList();
      if (!kept.isEmpty()) {
        tell(kept);
      }
    } catch (LastlyException e) {
      log.warn("{} has failed, and what it keeps cannot be listed", name, e);
    }
  }

  private void tell(List<FunctionRow> kept) {
    String until =
        kept.stream()
            .map(FunctionRow::notBefore)
            .filter(Objects::nonNull)
            .max(Comparator.naturalOrder())
            .map(TestJob::local)
            .orElse("");
    String what = kept.stream().limit(SHOWN).map(FunctionRow::summary).collect(joining("; "));
    String ids = kept.stream().map(f -> Long.toString(f.id())).collect(joining(" "));
    String line =
        String.format(
            Locale.ROOT,
            "%s has failed. Kept until %s is what these would clean up: %s%s. To run them now:"
                + " lastly --state-dir '%s' retry %s",
            name,
            until,
            what,
            kept.size() > SHOWN ? "; …" : "",
            manager.stateDir(),
            ids);
    log.warn("{}", line);
    if (scope != Scope.SESSION) { // its report is complete
      context.publishReportEntry("lastly", line);
    }
  }

  private static String local(Instant time) {
    return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
        time.atZone(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS));
  }
}
