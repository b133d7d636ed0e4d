package dev.lastly.report;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.util.List;

/**
 * Decides which request is answered. A site that has made its own name point to 127.0.0.1 (DNS
 * rebinding) still sends its own name as host, and a site that only guesses the address says that
 * it is another site.
 *
 * @param token what must be in the path
 * @param port the port that is listened on
 */
record RequestFilter(Token token, int port) {
  private static final String PAGE = "";
  private static final String NEWS = "news";

  /** What becomes of a request. */
  enum Decision {
    /** The page is sent. */
    PAGE(200),
    /** The version of the page is sent. */
    NEWS(200),
    /** It was not meant for this server, or comes from another site. */
    FORBIDDEN(403),
    /** There is no such page, or the token is wrong. The answer does not tell which. */
    NOT_FOUND(404),
    /** Only GET is understood. */
    NOT_ALLOWED(405);

    private final int status;

    Decision(int status) {
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  Decision decide(HttpExchange exchange) {
    Headers headers = exchange.getRequestHeaders();
    if (!isForUs(headers) || isFromElsewhere(headers)) {
      return Decision.FORBIDDEN;
    }
    if (!exchange.getRequestMethod().equals("GET")) {
      return Decision.NOT_ALLOWED;
    }
    return decide(exchange.getRequestURI().toString());
  }

  private Decision decide(String target) {
    int end = target.indexOf('/', 1);
    if (end < 0 || !token.matches(target.substring(1, end))) {
      return Decision.NOT_FOUND;
    }
    return switch (target.substring(end + 1)) {
      case PAGE -> Decision.PAGE;
      case NEWS -> Decision.NEWS;
      default -> Decision.NOT_FOUND;
    };
  }

  private boolean isForUs(Headers headers) {
    List<String> hosts = headers.getOrDefault("Host", List.of());
    return hosts.equals(List.of("127.0.0.1:" + port)) || hosts.equals(List.of("localhost:" + port));
  }

  /**
   * Browsers say where a request comes from; other programs do not. A person may follow a link from
   * anywhere, such as a terminal in a browser: the page that has the link sees nothing of the
   * answer.
   */
  private static boolean isFromElsewhere(Headers headers) {
    boolean foreign =
        headers.getOrDefault("Sec-fetch-site", List.of()).stream()
            .anyMatch(site -> !site.equals("none") && !site.equals("same-origin"));
    return foreign
        && !headers.getOrDefault("Sec-fetch-dest", List.of()).equals(List.of("document"));
  }
}
