package dev.lastly.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.metrics.LastlyMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves the metrics of a manager to Prometheus, as its text format 0.0.4.
 *
 * <p>Promised: it answers {@code GET /metrics} and changes nothing. One request is answered at a
 * time. It has no token: who can connect reads names of functions, and counts.
 */
final class MetricsServer implements AutoCloseable {
  private static final String PATH = "/metrics";
  private static final String FORMAT = "text/plain; version=0.0.4; charset=utf-8";
  private static final Set<String> READING = Set.of("GET", "HEAD");
  private static final int WAITING = 16;

  /** The seconds within which a request must be complete, see {@code ReportServer}. */
  private static final String REQUEST_TIME = "sun.net.httpserver.maxReqTime";

  private final HttpServer server;
  private final ExecutorService thread;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private MetricsServer(HttpServer server) {
    this.server = server;
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread made = new Thread(task, "lastly-metrics");
              made.setDaemon(true);
              return made;
            });
  }

  /**
   * Takes a port, and answers nothing yet.
   *
   * @param address where; port 0 for any free one
   * @throws CommandException if it cannot listen there
   */
  static MetricsServer at(InetSocketAddress address) throws IOException {
    if (System.getProperty(REQUEST_TIME) == null) {
      System.setProperty(REQUEST_TIME, "5");
    }
    return new MetricsServer(listen(address));
  }

  /** Serves the metrics of a manager, until this server or the manager is closed. */
  void serve(DeferredFunctionManager manager) {
    new LastlyMetrics(manager).bindTo(registry);
    server.setExecutor(thread);
    server.createContext("/", this::answer);
    server.start();
  }

  private static HttpServer listen(InetSocketAddress address) throws IOException {
    try {
      return HttpServer.create(address, WAITING);
    } catch (SocketException e) { // also if another program listens there
      throw CommandException.unusable(
          String.format(
              Locale.ROOT,
              "cannot serve metrics on %s (%s); choose another port with --metrics, or 0 for any"
                  + " free one",
              text(address),
              e.getMessage()));
    }
  }

  /** Where it serves. */
  String uri() {
    return "http://" + text(server.getAddress()) + PATH;
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestURI().getPath().equals(PATH)) {
        answer(exchange, 404, "the metrics are at " + PATH + "\n");
      } else if (!READING.contains(exchange.getRequestMethod())) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        answer(exchange, 405, "metrics are read with GET\n");
      } else {
        exchange.getResponseHeaders().set("Content-Type", FORMAT);
        answer(exchange, 200, registry.scrape("text/plain; version=0.0.4"));
      }
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  /** Stops, and frees the port. */
  @Override
  public void close() {
    server.stop(0);
    thread.shutdown();
    registry.close();
  }
}
