package dev.lastly.cleanup;

import dev.lastly.model.Precondition;
import dev.lastly.model.Secret;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Deletes what an HTTP server has, for {@code job.defer(Http::delete, uri)}. Stateless and
 * thread-safe.
 */
public final class Http {
  /** How long a call may take, all requests together. */
  public static final Duration LIMIT = Duration.ofSeconds(60);

  /** How long a server may take to accept a connection. */
  public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration READ_TIMEOUT = Duration.ofSeconds(30);
  static final int MAX_REDIRECTS = 5;
  private static final int MAX_BODY_IN_MESSAGE = 500;
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long LONGEST_PAUSE_MILLIS = 5000;

  private static final int OK = 200;
  private static final int ACCEPTED = 202;
  private static final int REDIRECTION = 300;
  private static final int TEMPORARY_REDIRECT = 307;
  private static final int PERMANENT_REDIRECT = 308;
  private static final int NOT_FOUND = 404;
  private static final int GONE = 410;

  private Http() {}

  /**
   * Sends DELETE. Succeeds if the server answers with 2xx, or with 404 or 410: it does not exist.
   *
   * <p><b>202 Accepted</b> says that the server has not deleted it yet. This sends DELETE again,
   * until the server answers otherwise.
   *
   * <p><b>Redirects.</b> A redirect with the same method (307, 308) is followed within the same
   * scheme, host and port, up to {@value #MAX_REDIRECTS} times. Any other is a failure: often it
   * leads to a page for logging in, which would answer with 200.
   *
   * <p>The JVM's settings for proxies and certificates hold.
   *
   * @param uri {@code http} or {@code https}, with a host, and without user-info, which the row
   *     would show
   * @throws IllegalArgumentException if the URI is null or of another form
   * @throws IOException if the server cannot be reached, answers with another status (the message
   *     has it, and the start of the body), or with 202 until {@link #LIMIT}
   * @throws InterruptedException if the thread is interrupted; the server may still delete it
   */
  @Precondition("requireDeletable")
  public static void delete(URI uri) throws IOException, InterruptedException {
    requireDeletable(uri);
    send(uri, null, LIMIT);
  }

  /**
   * Like {@link #delete(URI)}, for a server that requires authorization.
   *
   * @param uri as {@link #delete(URI)}
   * @param authorization the value of the header {@code Authorization}, such as {@code Bearer …};
   *     sent to this server only
   * @throws IllegalArgumentException as {@link #delete(URI)}, or if {@code authorization} is null
   * @throws UnresolvableFunctionException if this process does not have the secret
   * @throws IOException as {@link #delete(URI)}
   * @throws InterruptedException as {@link #delete(URI)}
   */
  @Precondition("requireDeletable")
  public static void delete(URI uri, Secret authorization)
      throws IOException, InterruptedException {
    requireDeletable(uri, authorization);
    send(uri, authorization.text(), LIMIT);
  }

  static void requireDeletable(URI uri) {
    if (uri == null) {
      throw new IllegalArgumentException("delete refuses null; expected a URI");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!(scheme.equals("http") || scheme.equals("https")) || uri.getHost() == null) {
      throw new IllegalArgumentException(
          "delete refuses '" + shown(uri) + "': expected http://host/… or https://host/…");
    }
    if (uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "delete refuses '"
              + shown(uri)
              + "': its user-info would be stored in the row; pass it as a Secret, which is the"
              + " value of the header Authorization");
    }
  }

  static void requireDeletable(URI uri, Secret authorization) {
    requireDeletable(uri);
    if (authorization == null) {
      throw new IllegalArgumentException(
          "delete refuses null as the secret; without one, call delete(uri)");
    }
  }

  /** The URI without user-info, and without a query, which may have a token. */
  private static String shown(URI uri) {
    return uri.toString().replaceFirst("//[^/?#]*@", "//").replaceFirst("[?#].*", "");
  }

  static void send(URI uri, @Nullable String authorization, Duration limit)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    long pause = FIRST_PAUSE_MILLIS;
    int redirects = 0;
    URI at = uri;
    while (true) {
      Answer answer = ask(at, authorization, Duration.ofNanos(end - System.nanoTime()));
      int status = answer.status();
      if (status == NOT_FOUND || status == GONE) {
        Settling.gone(shown(uri));
        return;
      }
      if ((status == TEMPORARY_REDIRECT || status == PERMANENT_REDIRECT)
          && redirects++ < MAX_REDIRECTS) {
        at = sameServer(at, answer);
      } else if (status == ACCEPTED && System.nanoTime() + pause * 1_000_000 < end) {
        Thread.sleep(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
      } else if (status >= OK && status < REDIRECTION && status != ACCEPTED) {
        return;
      } else {
        throw failure(at, answer, advice(status));
      }
    }
  }

  private static URI sameServer(URI from, Answer answer) throws IOException {
    String location = answer.location() == null ? "" : answer.location();
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw failure(from, answer, "it redirects to what is no URI");
    }
    boolean same =
        from.getScheme().equalsIgnoreCase(to.getScheme())
            && from.getHost().equalsIgnoreCase(to.getHost())
            && from.getPort() == to.getPort()
            && to.getRawUserInfo() == null;
    if (location.isEmpty() || !same) {
      throw failure(
          from, answer, "it redirects to another server, '" + shown(to) + "'; register that URI");
    }
    return to;
  }

  private static String advice(int status) {
    return switch (status) {
      case ACCEPTED -> "it has accepted the deletion, and not carried it out within " + LIMIT;
      case 301, 302, 303, TEMPORARY_REDIRECT, PERMANENT_REDIRECT ->
          "it redirects, perhaps to a page for logging in; register the URI that it leads to";
      case 401, 403 -> "it does not know or not let this process; pass a Secret that it takes";
      case 405 -> "it does not delete this";
      case 408, 429 -> "it wants to be asked later";
      default -> status >= 500 ? "it failed; try again" : "expected 2xx, 404 or 410";
    };
  }

  private static IOException failure(URI uri, Answer answer, String why) {
    return new IOException(
        "DELETE "
            + shown(uri)
            + " was answered with "
            + answer.status()
            + ": "
            + why
            + (answer.body().isEmpty() ? "" : "; the server said: " + answer.body()));
  }

  /** What the server answered; of the body, the start. */
  private record Answer(int status, @Nullable String location, String body) {}

  private static Answer ask(URI uri, @Nullable String authorization, Duration limit)
      throws IOException, InterruptedException {
    AtomicReference<@Nullable HttpURLConnection> connection = new AtomicReference<>();
    try {
      return BoundedCall.get(
          "DELETE " + shown(uri),
          limit,
          () -> {
            HttpURLConnection opened = (HttpURLConnection) uri.toURL().openConnection();
            connection.set(opened);
            return ask(opened, authorization);
          },
          () -> {
            HttpURLConnection opened = connection.get();
            if (opened != null) {
              opened.disconnect();
            }
          });
    } catch (ExecutionException e) {
      throw new IOException(
          "DELETE " + shown(uri) + " was not answered: " + e.getCause(), e.getCause());
    }
  }

  private static Answer ask(HttpURLConnection connection, @Nullable String authorization)
      throws IOException {
    connection.setRequestMethod("DELETE");
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
    connection.setReadTimeout((int) READ_TIMEOUT.toMillis());
    if (authorization != null) {
      connection.setRequestProperty("Authorization", authorization);
    }
    try {
      int status = connection.getResponseCode();
      if (status < 0) {
        throw new IOException("the server does not speak HTTP");
      }
      return new Answer(status, connection.getHeaderField("Location"), body(connection));
    } finally {
      connection.disconnect();
    }
  }

  private static String body(HttpURLConnection connection) {
    try (InputStream error = connection.getErrorStream()) {
      return error == null
          ? ""
          : new String(error.readNBytes(MAX_BODY_IN_MESSAGE), StandardCharsets.UTF_8)
              .replaceAll("\\p{Cntrl}+", " ")
              .strip();
    } catch (IOException e) {
      return ""; // the status tells enough
    }
  }
}
