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
 * Serves the page of {@link HtmlReport}, kept up to date, to a browser on this machine.
 *
 * <p>Promised: it listens on 127.0.0.1 only, answers only requests with a random token, which is
 * part of {@link #uri}, and changes nothing. Pages of other sites can neither read it nor show it
 * in a frame. It has at most four threads. Thread-safe.
 *
 * <p>Not promised: secrecy from a user who can read this process's output, or the browser's
 * arguments or history, while the server runs. Each start has another token.
 */
public final class ReportServer implements AutoCloseable {
  private static final int THREADS = 4;
  private static final int WAITING = 64;
  private static final long CLOSE_SECONDS = 2;

  /** The seconds within which a request must be complete; after them its connection is closed. */
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
   * Starts a server.
   *
   * @param inspector reads the database; it must stay open until the server is closed
   * @param port a free port, or 0 for any
   * @return a server that runs until it is closed
   * @throws IOException if the server cannot listen on the port
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
    server.createContext("/", new RequestFilter(token, bound, new ReportHandler(source, () -> {})));
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
              "cannot listen on 127.0.0.1:%d (%s); choose another port, or 0 for any free one",
              port,
              e.getMessage()),
          e);
    }
  }

  /**
   * Without a limit, four clients that never complete their requests would block all threads. The
   * JDK's server reads the property once per JVM. A value that is already set stays.
   */
  static void limitRequestTime() {
    if (System.getProperty(REQUEST_TIME) == null) {
      System.setProperty(REQUEST_TIME, "5");
    }
  }

  /** If all threads are busy and the queue is full, the server closes a connection at once. */
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
   * The address of the page.
   *
   * @return an address that gives access to the page: keep it secret
   */
  public URI uri() {
    return uri;
  }

  /** Stops, after up to 2 s for answers that are being sent. The inspector stays open. */
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
