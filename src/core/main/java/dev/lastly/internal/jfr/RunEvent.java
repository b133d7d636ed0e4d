package dev.lastly.internal.jfr;

import dev.lastly.model.AttemptOutcome;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** An attempt. */
@Name("dev.lastly.Run")
@Label("Run")
@Category("Lastly")
@Description("Attempt to run a deferred function")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
public final class RunEvent extends LastlyEvent {
  @Label("Function Id")
  private long functionId;

  @Label("Function")
  private String function = "";

  @Label("Job Id")
  private long jobId;

  @Label("Attempt")
  private int attempt;

  @Label("Outcome")
  private String outcome = "";

  @Label("Orphan")
  private boolean orphan;

  private RunEvent() {}

  /**
   * Begins to measure, if {@link Flight#isOn}; null if no recording wants these events. Never
   * throws.
   */
  public static @Nullable RunEvent start() {
    try {
      RunEvent event = new RunEvent();
      return event.isBegun() ? event : null;
    } catch (RuntimeException | Error e) { // such as too little memory: the work goes on unrecorded
      return null;
    }
  }

  /**
   * Ends it. Never throws: what it tells has happened.
   *
   * @param functionId the column {@code deferred_function.id}
   * @param function its name for people
   * @param jobId the column {@code job.id}
   * @param attempt its number, from 1
   * @param outcome how it ended
   * @param orphan whether it was claimed from an owner that had ended
   */
  public void finish(
      long functionId,
      String function,
      long jobId,
      int attempt,
      AttemptOutcome outcome,
      boolean orphan) {
    this.functionId = functionId;
    this.function = function;
    this.jobId = jobId;
    this.attempt = attempt;
    this.outcome = outcome.columnValue();
    this.orphan = orphan;
    written();
  }
}
