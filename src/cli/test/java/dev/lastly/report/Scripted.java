package dev.lastly.report;

import dev.lastly.model.StoreException;
import java.util.concurrent.atomic.AtomicInteger;

/** A node whose data the test decides. */
final class Scripted implements Source {
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger version = new AtomicInteger(1);
  private volatile ReportData data = Everything.saying("some text");
  private volatile boolean broken;

  /** From now on there is something else to see. */
  void happen(ReportData next) {
    data = next;
    version.incrementAndGet();
  }

  void fail(boolean on) {
    broken = on;
  }

  int reads() {
    return reads.get();
  }

  @Override
  public String version() {
    if (broken) {
      throw new StoreException("cannot read <b>/x</b>");
    }
    return version.toString();
  }

  @Override
  public ReportData read() {
    reads.incrementAndGet();
    return data;
  }
}
