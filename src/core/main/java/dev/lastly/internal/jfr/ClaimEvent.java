package dev.lastly.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A claim. */
@Name("dev.lastly.Claim")
@Label("Claim")
@Category("Lastly")
@Description("Transaction that claims orphans of an ended owner and begins their attempts")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
public final class ClaimEvent extends LastlyEvent {
  @Label("Job Id")
  private long jobId;

  @Label("Function")
  private String function = "";

  @Label("Functions")
  private int rows;

  private ClaimEvent() {}

  /**
   * Begins to measure, if {@link Flight#isOn}; null if no recording wants these events. Never
   * throws.
   */
  public static @Nullable ClaimEvent start() {
    try {
      ClaimEvent event = new ClaimEvent();
      return event.isBegun() ? event : null;
    } catch (RuntimeException | Error e) { // such as too little memory: the work goes on unrecorded
      return null;
    }
  }

  /**
   * Ends it. Never throws: what it tells has happened.
   *
   * @param jobId the column {@code job.id} of the job to which the orphans belong
   * @param function the name of the first of them
   * @param rows how many functions it claimed
   */
  public void finish(long jobId, String function, int rows) {
    this.jobId = jobId;
    this.function = function;
    this.rows = rows;
    written();
  }
}
