package dev.lastly.report;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.lastly.model.LastlyException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests that the gate lets through, with headers that restrict the browser. */
final class Answers implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'";

  private final RequestFilter gate;
  private final LivePage page;

  Answers(RequestFilter gate, LivePage page) {
    this.gate = gate;
    this.page = page;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      secure(exchange.getResponseHeaders());
      RequestFilter.Decision decision = gate.decide(exchange);
      try {
        answer(exchange, decision);
      } catch (LastlyException e) {
        LOG.warn("Cannot make the page: {}", e.getMessage());
        send(exchange, 503, TEXT, "Cannot read the database: " + e.getMessage() + "\n");
      }
    }
  }

  private void answer(HttpExchange exchange, RequestFilter.Decision decision) throws IOException {
    int status = decision.status();
    switch (decision) {
      case PAGE -> {
        exchange
            .getResponseHeaders()
            .set("Content-Security-Policy", Page.livePolicy() + "; frame-ancestors 'none'");
        send(exchange, status, "text/html; charset=utf-8", page.html());
      }
      case NEWS -> send(exchange, status, TEXT, page.news());
      case NOT_ALLOWED -> {
        exchange.getResponseHeaders().set("Allow", "GET");
        send(exchange, status, TEXT, "This server answers only GET.\n");
      }
      case FORBIDDEN ->
          send(
              exchange,
              status,
              TEXT,
              "Refused: the request comes from another site's page, or names another host.\n");
      case NOT_FOUND ->
          send(exchange, status, TEXT, "Not found. Use the address that 'lastly ui' printed.\n");
    }
  }

  private static void secure(Headers headers) {
    headers.set("Content-Security-Policy", NOTHING_ALLOWED);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cache-Control", "no-store");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
  }

  private static void send(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean headOnly = bytes.length == 0 || exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, headOnly ? -1 : bytes.length);
    if (!headOnly) {
      exchange.getResponseBody().write(bytes);
    }
  }
}
