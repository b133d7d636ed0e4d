package dev.lastly.report;

import java.util.concurrent.TimeUnit;

/**
 * The current page. It is rebuilt only after something has changed, by one thread at a time, and
 * takes at most a tenth of the time, however many requests come. Thread-safe.
 */
final class LivePage {
  private static final long REST = 9;
  private static final long VERSION_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Source source;

  // Guarded by this.
  private String html = "";
  private String madeOf = "";
  private long notBefore;
  private String version = "";
  private long askAgain;

  LivePage(Source source) {
    this.source = source;
  }

  /** The version of the page that {@link #html} would return now. */
  synchronized String news() {
    return html.isEmpty() || System.nanoTime() - notBefore >= 0 ? version() : madeOf;
  }

  private String version() {
    long now = System.nanoTime();
    if (version.isEmpty() || now - askAgain >= 0) {
      version = source.version();
      askAgain = now + VERSION_NANOS;
    }
    return version;
  }

  synchronized String html() {
    String current = version();
    long start = System.nanoTime();
    if (html.isEmpty() || (!madeOf.equals(current) && start - notBefore >= 0)) {
      html = Page.live(source.read(), current);
      madeOf = current;
      long end = System.nanoTime();
      notBefore = end + REST * (end - start);
    }
    return html;
  }
}
