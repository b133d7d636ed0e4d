package dev.lastly.report;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.lastly.report.ReportHandler.Response;
import java.io.IOException;
import java.util.List;

/**
 * Lets those requests through to a handler that know the token and name this machine. A site that
 * has made its own name point to 127.0.0.1 (DNS rebinding) still sends its own name as host. What
 * has the wrong token is not found, as any other path is not: the answer does not tell which.
 *
 * @param token what must be in the path
 * @param port the port that is listened on
 * @param handler answers the others
 */
record RequestFilter(Token token, int port, ReportHandler handler) implements HttpHandler {
  /** No handler has this path. */
  private static final String NOWHERE = "/?";

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      ReportExchange.send(exchange, answer(exchange));
    }
  }

  private Response answer(HttpExchange exchange) {
    if (!isForUs(exchange.getRequestHeaders())) {
      return ReportHandler.text(403, "Refused: the request names another host.\n");
    }
    String target = exchange.getRequestURI().toString();
    return handler.handle(ReportExchange.request(exchange, "", below(target)));
  }

  /** The part of the path below the token. */
  private String below(String target) {
    int end = target.indexOf('/', 1);
    return end < 0 || !token.matches(target.substring(1, end)) ? NOWHERE : target.substring(end);
  }

  private boolean isForUs(Headers headers) {
    List<String> hosts = headers.getOrDefault("Host", List.of());
    return hosts.equals(List.of("127.0.0.1:" + port)) || hosts.equals(List.of("localhost:" + port));
  }
}
