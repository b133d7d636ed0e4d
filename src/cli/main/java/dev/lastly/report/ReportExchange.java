package dev.lastly.report;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.lastly.report.ReportHandler.Request;
import dev.lastly.report.ReportHandler.Response;
import java.io.IOException;
import java.net.URI;

/**
 * Mounts a {@link ReportHandler} in the JDK's HTTP server: {@code server.createContext("/lastly",
 * new ReportExchange(handler))}. Give the context the application's authenticator. It closes
 * neither the server nor the handler. Thread-safe.
 */
public final class ReportExchange implements HttpHandler {
  private final ReportHandler handler;

  /**
   * An adapter.
   *
   * @param handler answers the requests
   */
  public ReportExchange(ReportHandler handler) {
    this.handler = handler;
  }

  /**
   * Answers a request.
   *
   * @param exchange the request, which is complete when this returns
   * @throws IOException if the response cannot be sent
   */
  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String context = exchange.getHttpContext().getPath();
      String mount = context.endsWith("/") ? context.substring(0, context.length() - 1) : context;
      URI uri = exchange.getRequestURI();
      String path = uri.getRawPath();
      String rest = path.startsWith(mount) ? path.substring(mount.length()) : path;
      send(exchange, handler.handle(request(exchange, mount, rest)));
    }
  }

  /** The request of an exchange. */
  static Request request(HttpExchange exchange, String mount, String path) {
    return new Request(
        exchange.getRequestMethod(),
        mount,
        path,
        exchange.getRequestURI().getRawQuery(),
        exchange.getRequestHeaders());
  }

  /** Sends a response. */
  static void send(HttpExchange exchange, Response response) throws IOException {
    response.headers().forEach(exchange.getResponseHeaders()::set);
    byte[] body = response.bytes();
    exchange.sendResponseHeaders(response.status(), body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }
}
