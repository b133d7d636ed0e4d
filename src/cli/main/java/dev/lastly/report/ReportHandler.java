package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.LastlyException;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers HTTP requests with the page of {@link HtmlReport}, kept up to date, for a server of the
 * application's own: behind its login, below any path. It knows no servlets; an adapter passes the
 * request in and sends the response. {@link ReportExchange} is the one for the JDK's server; the
 * starters for Spring Boot have one for Spring MVC.
 *
 * <p>Promised: it changes nothing, serves no file, keeps no session, and answers only {@code GET}
 * and {@code HEAD}. Its links are relative. Pages of other sites can neither read the page nor show
 * it in a frame. However many requests come, it reads the database at most a tenth of the time.
 *
 * <p>Not promised: who may see the page. It has the arguments of functions, so mount it where only
 * people come who may read the database.
 *
 * <p>Thread-safe.
 */
public final class ReportHandler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReportHandler.class);

  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'";
  private static final String ROOT = "/";
  private static final String NEWS = "/news";

  private final LivePage page;
  private final Runnable closing;

  /** Answers with what a source reads, and runs the last argument when it is closed. */
  ReportHandler(Source source, Runnable closing) {
    this.page = new LivePage(source);
    this.closing = closing;
  }

  /**
   * A request.
   *
   * @param method such as {@code GET}
   * @param mount the path that the handler is mounted at, as in the request, without a slash at its
   *     end; empty for the whole server
   * @param path the rest of the path, as in the request: empty, or with a slash at its beginning
   * @param query the query, or null; it is not looked at
   * @param headers by name, in upper or lower case
   */
  public record Request(
      String method,
      String mount,
      String path,
      @Nullable String query,
      Map<String, List<String>> headers) {

    /**
     * Copies the headers.
     *
     * @param method as above
     * @param mount as above
     * @param path as above
     * @param query as above
     * @param headers as above
     */
    public Request {
      Map<String, List<String>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      headers.forEach((name, values) -> copy.put(name, List.copyOf(values)));
      headers = Collections.unmodifiableMap(copy);
    }

    private List<String> values(String header) {
      return headers.getOrDefault(header, List.of());
    }
  }

  /**
   * A response.
   *
   * @param status the HTTP status
   * @param headers one value each; the length is not among them
   * @param body the text to send as UTF-8; empty for {@code HEAD}
   */
  public record Response(int status, Map<String, String> headers, String body) {
    /**
     * Copies the headers.
     *
     * @param status as above
     * @param headers as above
     * @param body as above
     */
    public Response {
      headers = Map.copyOf(headers);
    }

    /**
     * The body as it is sent.
     *
     * @return its bytes in UTF-8
     */
    public byte[] bytes() {
      return body.getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Opens the state directory of workers that are, or were, on this node. The handler reads it
   * until it is closed.
   *
   * @param stateDirBase what they opened their managers with
   * @return an open handler
   * @throws StateDirectoryException if there is none, or it lies on a file system that is not known
   *     to be local
   * @throws StoreException if the database cannot be used
   */
  public static ReportHandler open(Path stateDirBase) {
    return open(stateDirBase, Settings.defaults());
  }

  /**
   * Opens the state directory of workers that are, or were, on this node. The handler reads it
   * until it is closed.
   *
   * @param stateDirBase what they opened their managers with
   * @param settings of these only {@link Settings#allowedFileSystems()} counts
   * @return an open handler
   * @throws StateDirectoryException if there is none, or it lies on a file system that is neither
   *     known to be local nor allowed
   * @throws StoreException if the database cannot be used
   */
  public static ReportHandler open(Path stateDirBase, Settings settings) {
    return of(Inspector.open(stateDirBase, settings));
  }

  /**
   * Answers with what an inspector reads, such as {@link
   * dev.lastly.DeferredFunctionManager#inspect()}.
   *
   * @param inspector an open inspector, which the handler closes when it is closed
   * @return an open handler
   */
  public static ReportHandler of(Inspector inspector) {
    return new ReportHandler(new InspectedNode(inspector), inspector::close);
  }

  /**
   * Answers a request. A database that cannot be read is an answer, too.
   *
   * @param request the request
   * @return the response, complete but for the length
   */
  public Response handle(Request request) {
    Response response = answer(request);
    return request.method().equals("HEAD")
        ? new Response(response.status(), response.headers(), "")
        : response;
  }

  private Response answer(Request request) {
    if (isFromElsewhere(request)) {
      return text(403, "Refused: the request comes from another site's page.\n");
    }
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      Map<String, String> allow = Map.of("Allow", "GET, HEAD");
      return response(405, TEXT, allow, "This page is only read: GET and HEAD are understood.\n");
    }
    try {
      return switch (request.path()) {
        case "" -> toRoot(request.mount());
        case ROOT -> page();
        case NEWS -> text(200, page.news());
        default -> notFound();
      };
    } catch (LastlyException e) {
      LOG.warn("Cannot make the page: {}", e.getMessage());
      return text(503, "Cannot read the database: " + e.getMessage() + "\n");
    }
  }

  private Response page() {
    String policy = Page.livePolicy() + "; frame-ancestors 'none'";
    return response(
        200, "text/html; charset=utf-8", Map.of("Content-Security-Policy", policy), page.html());
  }

  /** The page's links are relative to a path that ends in a slash. So is this one. */
  private static Response toRoot(String mount) {
    String last = mount.substring(mount.lastIndexOf('/') + 1);
    if (last.isEmpty() || !last.chars().allMatch(ReportHandler::isOfSegment)) {
      return notFound();
    }
    return response(308, TEXT, Map.of("Location", "./" + last + ROOT), "The page is below.\n");
  }

  /** Whether a segment of a path may have the character as it is, RFC 3986, section 3.3. */
  private static boolean isOfSegment(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "._~%!$&'()*+,;=@-".indexOf(c) >= 0;
  }

  private static Response notFound() {
    return text(404, "Not found. The page is at the end of this path: /\n");
  }

  /**
   * Browsers say where a request comes from; other programs do not. A person may follow a link from
   * anywhere: the page that has the link sees nothing of the answer.
   */
  private static boolean isFromElsewhere(Request request) {
    boolean foreign =
        request.values("Sec-Fetch-Site").stream()
            .anyMatch(site -> !site.equals("none") && !site.equals("same-origin"));
    return foreign && !request.values("Sec-Fetch-Dest").equals(List.of("document"));
  }

  /** A text with the headers that every answer has. */
  static Response text(int status, String body) {
    return response(status, TEXT, Map.of(), body);
  }

  private static Response response(int status, String type, Map<String, String> more, String body) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", type);
    headers.put("Content-Security-Policy", NOTHING_ALLOWED);
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("X-Frame-Options", "DENY");
    headers.put("Referrer-Policy", "no-referrer");
    headers.put("Cache-Control", "no-store");
    headers.put("Cross-Origin-Resource-Policy", "same-origin");
    headers.put("Cross-Origin-Opener-Policy", "same-origin");
    headers.putAll(more);
    return new Response(status, headers, body);
  }

  /** Closes the state directory. Requests that come later are answered with 503. Idempotent. */
  @Override
  public void close() {
    closing.run();
  }
}
