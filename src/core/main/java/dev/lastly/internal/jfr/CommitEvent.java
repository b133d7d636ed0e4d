package dev.lastly.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A write transaction. */
@Name("dev.lastly.Commit")
@Label("Commit")
@Category("Lastly")
@Description("Write transaction on the node's database, with the wait for the write lock")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
public final class CommitEvent extends LastlyEvent {
  @Label("Writes")
  private int rows;

  @Label("Synced")
  private boolean synced;

  @Label("Committed")
  private boolean committed;

  private CommitEvent() {}

  /**
   * Begins to measure, if {@link Flight#isOn}; null if no recording wants these events. Never
   * throws.
   */
  public static @Nullable CommitEvent start() {
    try {
      CommitEvent event = new CommitEvent();
      return event.isBegun() ? event : null;
    } catch (RuntimeException | Error e) { // such as too little memory: the work goes on unrecorded
      return null;
    }
  }

  /**
   * Ends it. Never throws: what it tells has happened.
   *
   * @param rows how many registrations, attempts and other writes shared it
   * @param synced whether it was synced to the device
   * @param committed whether all of them were committed together
   */
  public void finish(int rows, boolean synced, boolean committed) {
    this.rows = rows;
    this.synced = synced;
    this.committed = committed;
    written();
  }
}
