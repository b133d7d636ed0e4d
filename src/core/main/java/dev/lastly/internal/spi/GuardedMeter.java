package dev.lastly.internal.spi;

import dev.lastly.model.WorkerEvent;
import dev.lastly.model.WorkerMeter;
import java.time.Duration;

/**
 * A user's meter whose failures change nothing: they are reported, and what it measures goes on.
 * Thread-safe, as the meter is.
 */
final class GuardedMeter implements WorkerMeter {
  private final WorkerMeter meter;
  private final Report report;

  /** Takes what the user's code has thrown. It must not throw, nor run the throwable's methods. */
  @FunctionalInterface
  interface Report {
    void failed(String what, Throwable failure);
  }

  GuardedMeter(WorkerMeter meter, Report report) {
    this.meter = meter;
    this.report = report;
  }

  @Override
  public void happened(WorkerEvent event) {
    try {
      meter.happened(event);
    } catch (Throwable e) { // user code may throw anything; what it measures has happened
      failed(e);
    }
  }

  @Override
  public void committed(Duration took, int writes) {
    try {
      meter.committed(took, writes);
    } catch (Throwable e) { // user code may throw anything; the writes have ended
      failed(e);
    }
  }

  @Override
  public void cleanedUp(long ownerId, int functions, Duration sinceDeath) {
    try {
      meter.cleanedUp(ownerId, functions, sinceDeath);
    } catch (Throwable e) { // user code may throw anything; the functions have run
      failed(e);
    }
  }

  @Override
  public void closing() {
    try {
      meter.closing();
    } catch (Throwable e) { // user code may throw anything, and the manager must still close
      failed(e);
    }
  }

  private void failed(Throwable e) {
    report.failed("a meter failed: " + meter.getClass().getName(), e);
  }
}
