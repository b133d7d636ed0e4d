package dev.lastly.report;

import dev.lastly.Inspector;
import java.io.IOException;
import java.net.URI;

/**
 * Shows the page of {@link HtmlReport} in a browser on this machine, and keeps it up to date.
 *
 * <p>Promised: it listens on 127.0.0.1 only, answers only who knows a random token, which is part
 * of {@link #uri}, and only reads. Pages of other sites can neither read it nor show it in a frame.
 * Thread-safe.
 */
public final class ReportServer implements AutoCloseable {
  private ReportServer() {}

  /**
   * Begins to serve.
   *
   * @param inspector what is looked at; it must stay open until this is closed
   * @param port a free port, or 0 for any
   * @return a server that runs until it is closed
   * @throws IOException if the port cannot be had
   */
  public static ReportServer start(Inspector inspector, int port) throws IOException {
    throw new IOException("not yet: " + inspector + port);
  }

  /**
   * Where to look.
   *
   * @return an address that whoever knows it may read with
   */
  public URI uri() {
    return URI.create("http://127.0.0.1/");
  }

  /** Stops, and waits for answers that are being sent. The inspector stays open. */
  @Override
  public void close() {}
}
