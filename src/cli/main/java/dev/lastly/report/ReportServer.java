package dev.lastly.report;

import com.sun.net.httpserver.HttpServer;
import dev.lastly.Inspector;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Shows the page of {@link HtmlReport} in a browser on this machine, and keeps it up to date.
 *
 * <p>Promised: it listens on 127.0.0.1 only, answers only who knows a random token, which is part
 * of {@link #uri}, and only reads. Pages of other sites can neither read it nor show it in a frame.
 * It has a few threads, however many ask. Thread-safe.
 *
 * <p>Not promised: secrecy from whoever can read this process's arguments, output or the browser's
 * history while it runs. Each start has another token.
 */
public final class ReportServer implements AutoCloseable {
  private static final int THREADS = 4;
  private static final int WAITING = 64;
  private static final long CLOSE_SECONDS = 2;

  /** Seconds within which a request must have come in whole, or its connection is closed. */
  private static final String REQUEST_TIME = "sun.net.httpserver.maxReqTime";

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final URI uri;

  private ReportServer(HttpServer server, ThreadPoolExecutor threads, URI uri) {
    this.server = server;
    this.threads = threads;
    this.uri = uri;
  }

  /**
   * Begins to serve.
   *
   * @param inspector what is looked at; it must stay open until this is closed
   * @param port a free port, or 0 for any
   * @return a server that runs until it is closed
   * @throws IOException if the port cannot be had
   */
  public static ReportServer start(Inspector inspector, int port) throws IOException {
    return start(new InspectedNode(inspector), port);
  }

  static ReportServer start(Source source, int port) throws IOException {
    limitRequestTime();
    HttpServer server = listen(port);
    int bound = server.getAddress().getPort();
    Token token = Token.random();
    ThreadPoolExecutor threads = threads();
    server.setExecutor(threads);
    server.createContext("/", new Answers(new RequestFilter(token, bound), new LivePage(source)));
    server.start();
    URI uri =
        URI.create(String.format(Locale.ROOT, "http://127.0.0.1:%d/%s/", bound, token.text()));
    return new ReportServer(server, threads, uri);
  }

  private static HttpServer listen(int port) throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    try {
      return HttpServer.create(new InetSocketAddress(loopback, port), WAITING);
    } catch (BindException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "cannot listen on 127.0.0.1:%d (%s); choose another port, or 0 for any that is free",
              port,
              e.getMessage()),
          e);
    }
  }

  /**
   * Without it, four clients that never end their requests would keep all threads for good. The
   * JDK's server reads it once per JVM; who has set it knows better.
   */
  private static void limitRequestTime() {
    if (System.getProperty(REQUEST_TIME) == null) {
      System.setProperty(REQUEST_TIME, "5");
    }
  }

  /** When all are busy and many wait, a connection is closed at once. */
  private static ThreadPoolExecutor threads() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> {
              Thread thread = new Thread(task, "lastly-ui-" + COUNT.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /**
   * Where to look.
   *
   * @return an address that whoever knows it may read with
   */
  public URI uri() {
    return uri;
  }

  /** Stops, and waits a moment for answers that are being sent. The inspector stays open. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop(0);
  }
}
