package dev.lastly.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.support.Await;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportServerTest {
  private final Scripted source = new Scripted();
  private ReportServer server;
  private URI uri;

  @BeforeEach
  void start() throws Exception {
    server = ReportServer.start(source, 0);
    uri = server.uri();
  }

  @AfterEach
  void close() {
    server.close();
  }

  private String request(String method, String target, String... headers) throws IOException {
    StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri.getPort())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write((text + "Connection: close\r\n\r\n").getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private String get(String target) throws IOException {
    return request("GET", target, "Host: 127.0.0.1:" + uri.getPort());
  }

  private static int status(String answer) {
    return Integer.parseInt(answer.split(" ", 3)[1]);
  }

  @Test
  void get_withTheToken_isThePageWithEveryHeader() throws Exception {
    String answer = get(uri.getPath());
    assertThat(status(answer)).isEqualTo(200);
    String head = answer.substring(0, answer.indexOf("\r\n\r\n"));
    assertThat(head.lines().map(String::strip))
        .contains(
            "Content-type: text/html; charset=utf-8",
            "X-content-type-options: nosniff",
            "X-frame-options: DENY",
            "Referrer-policy: no-referrer",
            "Cache-control: no-store",
            "Cross-origin-resource-policy: same-origin",
            "Cross-origin-opener-policy: same-origin",
            "Content-security-policy: " + Page.livePolicy() + "; frame-ancestors 'none'");
    assertThat(head).doesNotContain("Access-Control", "Set-Cookie");
    assertThat(answer).contains("<!DOCTYPE html>", "data-version=\"1\"", "some text");
  }

  @Test
  void get_news_isTheVersion() throws Exception {
    assertThat(get(uri.getPath() + "news")).endsWith("\r\n\r\n1");
  }

  @Test
  void uri_tokens_areLongAndDifferent() throws Exception {
    try (ReportServer other = ReportServer.start(source, 0)) {
      assertThat(uri.toString()).matches("http://127\\.0\\.0\\.1:\\d+/[A-Za-z0-9_-]{43}/");
      assertThat(other.uri().getPath()).isNotEqualTo(uri.getPath());
    }
  }

  @Test
  void get_withoutTheToken_isNotFoundAndReadsNothing() throws Exception {
    String token = uri.getPath().substring(1, 44);
    char other = token.charAt(42) == 'A' ? 'B' : 'A';
    List<String> targets =
        List.of(
            "/",
            "/news",
            "/" + token.substring(0, 42) + "/",
            "/" + token.substring(0, 42) + other + "/",
            "/" + token + "x/",
            "/" + token,
            "/" + token + "/../" + token + "/",
            "/" + token + "/index.html",
            "/" + token + "/?x",
            "/?" + token,
            "/favicon.ico",
            "/" + token.toLowerCase(java.util.Locale.ROOT) + "/x",
            "/%2e/" + token + "/");
    for (String target : targets) {
      String answer = get(target);
      assertThat(status(answer)).as(target).isEqualTo(404);
      assertThat(answer).doesNotContain(token, "some text").contains("default-src 'none'");
    }
    assertThat(source.reads()).isEqualTo(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "X"})
  void request_thatDoesNotOnlyRead_isRefused(String method) throws Exception {
    String answer = request(method, uri.getPath(), "Host: 127.0.0.1:" + uri.getPort());
    assertThat(status(answer)).isEqualTo(405);
    assertThat(answer).contains("Allow: GET, HEAD").doesNotContain("some text");
  }

  @Test
  void get_otherHost_isForbidden() throws Exception {
    for (String host :
        List.of(
            "evil.example",
            "evil.example:" + uri.getPort(),
            "127.0.0.1",
            "localhost",
            "127.0.0.1:1",
            "127.0.0.1.evil.example:" + uri.getPort(),
            "[::1]:" + uri.getPort())) {
      assertThat(status(request("GET", uri.getPath(), "Host: " + host))).as(host).isEqualTo(403);
    }
    assertThat(status(request("GET", uri.getPath()))).isEqualTo(403);
    String ours = "Host: 127.0.0.1:" + uri.getPort();
    assertThat(status(request("GET", uri.getPath(), ours, "Host: evil.example"))).isEqualTo(403);
    assertThat(status(request("GET", uri.getPath(), "Host: localhost:" + uri.getPort())))
        .isEqualTo(200);
    assertThat(source.reads()).isEqualTo(1);
  }

  @Test
  void get_fromThePageOfAnotherSite_isForbidden() throws Exception {
    String ours = "Host: 127.0.0.1:" + uri.getPort();
    for (String site : List.of("cross-site", "same-site", "odd")) {
      assertThat(status(request("GET", uri.getPath(), ours, "Sec-Fetch-Site: " + site)))
          .as(site)
          .isEqualTo(403);
    }
    String link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: document";
    assertThat(status(request("GET", uri.getPath(), ours, link))).isEqualTo(200);
    for (String site : List.of("none", "same-origin")) {
      assertThat(status(request("GET", uri.getPath(), ours, "Sec-Fetch-Site: " + site)))
          .as(site)
          .isEqualTo(200);
    }
  }

  @Test
  void get_databaseCannotBeRead_saysSoAsText() throws Exception {
    source.fail(true);
    String answer = get(uri.getPath());
    assertThat(status(answer)).isEqualTo(503);
    assertThat(answer)
        .contains("Content-type: text/plain; charset=utf-8", "cannot read <b>/x</b>")
        .contains("nosniff");
    source.fail(false);
    assertThat(status(get(uri.getPath()))).isEqualTo(200);
  }

  @Test
  void get_nothingHasHappened_readsTheDatabaseOnce() throws Exception {
    for (int i = 0; i < 5; i++) {
      get(uri.getPath());
    }
    assertThat(source.reads()).isEqualTo(1);
    source.happen(Everything.saying("more"));
    Await.until("the page is made again", () -> get(uri.getPath()).contains("data-version=\"2\""));
    assertThat(source.reads()).isEqualTo(2);
  }

  @Test
  void start_anyOtherAddress_isNotListenedOn() throws Exception {
    for (NetworkInterface device : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (InetAddress address : Collections.list(device.getInetAddresses())) {
        if (!address.getHostAddress().equals("127.0.0.1")) {
          assertThatThrownBy(() -> connect(address)).isInstanceOf(IOException.class);
        }
      }
    }
    assertThatThrownBy(() -> connect(InetAddress.getByAddress(new byte[] {127, 0, 0, 2})))
        .isInstanceOf(ConnectException.class);
  }

  private void connect(InetAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, uri.getPort()), 1_000);
    }
  }

  @Test
  void requests_thatNeverEnd_keepNoOtherClientOutForLong() throws Exception {
    List<Socket> hanging = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri.getPort());
        hanging.add(socket);
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: ".getBytes(UTF_8));
      }
      long threads = uiThreads();
      assertThat(threads).isLessThanOrEqualTo(4);
      Await.until("another client is answered", () -> isAnswered());
    } finally {
      for (Socket socket : hanging) {
        socket.close();
      }
    }
  }

  /** Who had to wait behind them as long as they may take is sent away like them. */
  private boolean isAnswered() {
    try {
      return status(get(uri.getPath())) == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void request_thatIsNotHttp_isRefused() throws Exception {
    assertThat(status(get("//"))).isEqualTo(400);
    assertThat(status(get(uri.getPath() + "\"<>"))).isEqualTo(400);
    assertThat(source.reads()).isEqualTo(0);
  }

  @Test
  void close_always_leavesNeitherPortNorThread() throws Exception {
    get(uri.getPath());
    server.close();
    assertThatThrownBy(() -> connect(InetAddress.getLoopbackAddress()))
        .isInstanceOf(ConnectException.class);
    Await.until("its threads have ended", Duration.ofSeconds(10), () -> uiThreads() == 0);
    server.close();
  }

  private static long uiThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("lastly-ui-"))
        .count();
  }

  @Test
  void start_portInUse_saysSo() {
    assertThatThrownBy(() -> ReportServer.start(source, uri.getPort()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("127.0.0.1:" + uri.getPort())
        .hasMessageContaining("choose another port");
  }
}
