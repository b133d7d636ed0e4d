package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.Status;
import java.util.concurrent.TimeUnit;

/**
 * The page as it is now, or was a moment ago: however many ask, it is made anew only when something
 * has happened, by one thread at a time, and for a tenth of the time at most. Thread-safe.
 */
final class LivePage {
  private static final long REST = 10;
  private static final long VERSION_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Inspector inspector;

  // Guarded by this.
  private String html = "";
  private String madeOf = "";
  private long notBefore;
  private String version = "";
  private long askAgain;

  LivePage(Inspector inspector) {
    this.inspector = inspector;
  }

  /** Changes with everything that happens, and with what can be seen of the owners. */
  synchronized String version() {
    long now = System.nanoTime();
    if (version.isEmpty() || now - askAgain >= 0) {
      Status status = inspector.status();
      version =
          "%d.%d.%d.%d.%d"
              .formatted(
                  inspector.lastEventId(),
                  status.ownersAlive(),
                  status.ownersDead(),
                  status.ownersUnknown(),
                  status.orphans());
      askAgain = now + VERSION_NANOS;
    }
    return version;
  }

  synchronized String html() {
    String current = version();
    long start = System.nanoTime();
    if (html.isEmpty() || !madeOf.equals(current) && start - notBefore >= 0) {
      html = Page.live(ReportReader.read(inspector), current);
      madeOf = current;
      long end = System.nanoTime();
      notBefore = end + REST * (end - start);
    }
    return html;
  }
}
