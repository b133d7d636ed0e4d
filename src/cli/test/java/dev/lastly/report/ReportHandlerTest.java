package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpServer;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.report.ReportHandler.Request;
import dev.lastly.report.ReportHandler.Response;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The report behind the application's own login. */
class ReportHandlerTest {
  @TempDir private Path state;
  private DeferredFunctionManager worker;
  private ReportHandler handler;

  /** The JDK's server reads the limit once, and another class tests it in the same JVM. */
  @BeforeAll
  static void limitRequestTime() {
    ReportServer.limitRequestTime();
  }

  @BeforeEach
  void open() {
    worker = DeferredFunctionManager.open(state);
    worker.openJob("a job").defer(Cleanup::deleteFile, state.resolve("scratch"));
    handler = ReportHandler.open(state);
  }

  @AfterEach
  void close() {
    handler.close();
    worker.close();
  }

  private Response get(String path) {
    return handle("GET", path, Map.of());
  }

  private Response handle(String method, String path, Map<String, List<String>> headers) {
    return handler.handle(new Request(method, "/admin/lastly", path, null, headers));
  }

  @Test
  void get_root_isThePageWithSafeHeaders() {
    Response page = get("/");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.body()).contains("<!DOCTYPE html>", "a job").doesNotContain("href=\"/");
    assertThat(page.headers())
        .containsEntry("Content-Type", "text/html; charset=utf-8")
        .containsEntry("X-Content-Type-Options", "nosniff")
        .containsEntry("Cache-Control", "no-store")
        .containsEntry("Content-Security-Policy", Page.livePolicy() + "; frame-ancestors 'none'");
    assertThat(page.body()).contains("data-version=\"" + get("/news").body() + "\"");
  }

  @Test
  void head_root_hasTheHeadersOfThePageAndNoBody() {
    Response head = handle("HEAD", "/", Map.of());
    assertThat(head.headers()).isEqualTo(get("/").headers());
    assertThat(head.bytes()).isEmpty();
  }

  @Test
  void get_withoutTheSlash_isSentToWhereRelativeLinksWork() {
    assertThat(get("").headers()).containsEntry("Location", "./lastly/");
    assertThat(get("").status()).isEqualTo(308);
    for (String mount : List.of("", "/", "//evil.example/", "/a\r\nSet-Cookie: x", "/a b")) {
      Request request = new Request("GET", mount, "", null, Map.of());
      assertThat(handler.handle(request).headers()).as(mount).doesNotContainKey("Location");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//",
        "/news/",
        "/index.html",
        "/../deferred/deferred.db",
        "/%2e%2e/deferred/deferred.db",
        "/report.js",
        "/deferred.db",
        "x",
        "/\0"
      })
  void get_anythingElse_isNotFound(String path) {
    Response answer = get(path);
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.headers()).containsEntry("X-Content-Type-Options", "nosniff");
    assertThat(answer.body()).doesNotContain("a job");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", ""})
  void request_thatDoesNotOnlyRead_isRefused(String method) {
    Response answer = handle(method, "/", Map.of());
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.headers()).containsEntry("Allow", "GET, HEAD");
  }

  @Test
  void get_fromThePageOfAnotherSite_isForbiddenButForALink() {
    Map<String, List<String>> frame = Map.of("sec-fetch-site", List.of("cross-site"));
    assertThat(handle("GET", "/", frame).status()).isEqualTo(403);
    Map<String, List<String>> link =
        Map.of("SEC-FETCH-SITE", List.of("cross-site"), "Sec-Fetch-Dest", List.of("document"));
    assertThat(handle("GET", "/", link).status()).isEqualTo(200);
  }

  @Test
  void get_afterClose_saysThatItIsClosed() {
    handler.close();
    Response answer = get("/");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).contains("has been closed");
  }

  @Test
  void get_manyAtOnce_areAllAnswered() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Response>> requests = Collections.nCopies(64, () -> get("/"));
      for (Future<Response> answer : threads.invokeAll(requests)) {
        assertThat(answer.get().status()).isEqualTo(200);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void jdkServer_withAnAuthenticator_servesThePageToThoseWhoAreLoggedIn() throws Exception {
    Path stateDir = state;
    int free = 0;
    // region server
    InetAddress loopback = InetAddress.getLoopbackAddress();
    HttpServer server = HttpServer.create(new InetSocketAddress(loopback, free), 0);
    ReportHandler report = ReportHandler.open(stateDir);
    HttpContext context = server.createContext("/admin/lastly", new ReportExchange(report));
    context.setAuthenticator(
        new BasicAuthenticator("operators") {
          @Override
          public boolean checkCredentials(String user, String password) {
            return user.equals("ops") && password.equals("secret"); // the application's own check
          }
        });
    server.start();
    // endregion
    try {
      String root = "http://127.0.0.1:" + server.getAddress().getPort() + "/admin/lastly";
      assertThat(send(root + "/", "ops:wrong").statusCode()).isEqualTo(401);
      assertThat(send(root + "/", "ops:secret").body()).contains("a job");
      assertThat(send(root, "ops:secret").uri()).hasToString(root + "/");
      assertThat(send(root + "?x=1", "ops:secret").body()).contains("a job");
      assertThat(send(root + "/?x=1", "ops:secret").statusCode()).isEqualTo(200);
      assertThat(send(root + "x", "ops:secret").statusCode()).isEqualTo(404);
      assertThat(send(root + "/%2e%2e/", "ops:secret").statusCode()).isEqualTo(404);
    } finally {
      server.stop(0);
      report.close();
    }
  }

  private static HttpResponse<String> send(String uri, String user) throws Exception {
    String credentials = Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    return HttpClient.newBuilder()
        .followRedirects(HttpClient.Redirect.NORMAL)
        .build()
        .send(
            HttpRequest.newBuilder(URI.create(uri))
                .header("Authorization", "Basic " + credentials)
                .build(),
            BodyHandlers.ofString());
  }
}
