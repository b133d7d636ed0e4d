package dev.lastly.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

/** A registration. */
@Name("dev.lastly.Defer")
@Label("Defer")
@Category("Lastly")
@Description("Registration of a deferred function")
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
public final class DeferEvent extends LastlyEvent {
  @Label("Function Id")
  private long functionId;

  @Label("Function")
  private String function = "";

  @Label("Job Id")
  private long jobId;

  @Label("Job")
  private String job = "";

  @Label("Outcome")
  private String outcome = "";

  private DeferEvent() {}

  /**
   * Begins to measure, if {@link Flight#isOn}; null if no recording wants these events. Never
   * throws.
   */
  public static @Nullable DeferEvent start() {
    try {
      DeferEvent event = new DeferEvent();
      return event.isBegun() ? event : null;
    } catch (RuntimeException | Error e) { // such as too little memory: the work goes on unrecorded
      return null;
    }
  }

  /**
   * Ends it. Never throws: what it tells has happened.
   *
   * @param functionId the column {@code deferred_function.id}; 0 if it was not registered
   * @param function its name for people
   * @param jobId the column {@code job.id}; 0 if it was not registered
   * @param job the name of its job
   * @param outcome {@code registered}, or the class of what was thrown
   */
  public void finish(long functionId, String function, long jobId, String job, String outcome) {
    this.functionId = functionId;
    this.function = function;
    this.jobId = jobId;
    this.job = job;
    this.outcome = outcome;
    written();
  }
}
