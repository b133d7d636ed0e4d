package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lastly.DeferredFunction;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.RunContext;
import dev.lastly.model.Secret;
import dev.lastly.support.Await;
import dev.lastly.support.PrivateFile;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTest {
  /** What the server answers next. */
  private record Next(int status, String location, String body) {}

  private final Queue<Next> answers = new ArrayDeque<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private URI vm;

  @TempDir Path dir;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    vm = URI.create("http://localhost:" + server.getAddress().getPort() + "/vms/17");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    asked.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI()
            + " "
            + exchange.getRequestHeaders().getFirst("Authorization"));
    Next next = answers.remove();
    if (!next.location().isEmpty()) {
      exchange.getResponseHeaders().add("Location", next.location());
    }
    byte[] body = next.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(next.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  /** The dead worker's request to create it may still be under way. */
  @Test
  void delete_notFoundSoonAfterItsOwnersDeath_asksAgain() throws Exception {
    for (int age = 0; age < 2; age++) {
      willAnswer(404, "", "");
      Instant ended = Instant.now().minus(Settling.TIME.multipliedBy(age));
      RunContext run =
          RunContext.builder()
              .claims(1)
              .origin(() -> new RunContext.Origin(1, 1, ended, false, null, false, 0, false))
              .build();
      if (age == 0) {
        assertThatThrownBy(() -> run.call(this::deleted))
            .hasMessageContaining("there is no " + vm)
            .hasMessageContaining("ended less than 5 s ago");
        assertThat(run.askedAgain()).isPresent();
      } else {
        assertThat(run.call(this::deleted)).isTrue();
      }
    }
  }

  private boolean deleted() throws Exception {
    Http.delete(vm);
    return true;
  }

  private void willAnswer(int status, String location, String body) {
    answers.add(new Next(status, location, body));
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 204, 404, 410})
  void delete_gone_isDone(int status) throws Exception {
    willAnswer(status, "", "");
    Http.delete(vm);
    assertThat(asked).containsExactly("DELETE /vms/17 null");
  }

  /** Accepted is not yet gone. */
  @Test
  void delete_accepted_asksUntilItIsGone() throws Exception {
    willAnswer(202, "", "");
    willAnswer(202, "", "");
    willAnswer(404, "", "");
    Http.delete(vm);
    assertThat(asked).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 405, 408, 409, 429, 500, 503})
  void delete_otherStatus_failsWithWhatTheServerSaid(int status) {
    willAnswer(status, "", "the reason\nin two lines");
    assertThatThrownBy(() -> Http.delete(vm))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "DELETE " + vm + " was answered with " + status, "the reason in two lines");
  }

  @Test
  void delete_redirectWithTheSameMethod_isFollowedOnThisServer() throws Exception {
    willAnswer(308, "/v2/vms/17", "");
    willAnswer(307, vm.resolve("/v3/vms/17").toString(), "");
    willAnswer(204, "", "");
    Http.delete(vm, Secret.file(PrivateFile.write(dir.resolve("token"), "Bearer x")));
    assertThat(asked)
        .containsExactly(
            "DELETE /vms/17 Bearer x", "DELETE /v2/vms/17 Bearer x", "DELETE /v3/vms/17 Bearer x");
  }

  /** A page for logging in would answer with 200. */
  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303})
  void delete_redirectToAPage_fails(int status) {
    willAnswer(status, "/login", "");
    assertThatThrownBy(() -> Http.delete(vm))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("answered with " + status, "logging in");
    assertThat(asked).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://127.0.0.1:1/x", "https://localhost/x", "", "http://[", "//u:p@h/"})
  void delete_redirectElsewhere_fails(String location) {
    willAnswer(307, location, "");
    assertThatThrownBy(() -> Http.delete(vm))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("answered with 307", "it redirects to")
        .hasMessageNotContaining("u:p");
    assertThat(asked).hasSize(1);
  }

  @Test
  void delete_redirectsInACircle_fails() {
    for (int i = 0; i < 10; i++) {
      willAnswer(307, "/vms/17", "");
    }
    assertThatThrownBy(() -> Http.delete(vm)).isInstanceOf(IOException.class);
    assertThat(asked).hasSize(6);
  }

  @Test
  void delete_noServer_fails() {
    server.stop(0);
    assertThatThrownBy(() -> Http.delete(vm))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("DELETE " + vm + " was not answered", "ConnectException");
  }

  @Test
  void delete_interruptedWhileTheServerIsSilent_ends() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      URI uri = URI.create("http://localhost:" + silent.getLocalPort() + "/?token=x");
      Thread us = Thread.currentThread();
      Thread interrupter =
          new Thread(
              () -> {
                try {
                  silent.accept().getInputStream().read();
                  Await.until("waiting", () -> us.getState() == Thread.State.TIMED_WAITING);
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
                us.interrupt();
              });
      interrupter.start();
      assertThatThrownBy(() -> Http.delete(uri)).isInstanceOf(InterruptedException.class);
      interrupter.join();
    }
  }

  /** Each byte restarts the time-out of a read. */
  @Test
  void delete_serverSendsAByteNowAndThen_endsAtTheLimit() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread dripping = new Thread(() -> drip(server));
      dripping.start();
      URI uri = URI.create("http://localhost:" + server.getLocalPort() + "/");
      assertThatThrownBy(() -> Http.send(uri, null, Duration.ofMillis(200)))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("DELETE " + uri, "has not ended within", "was aborted");
      dripping.join(); // the connection is closed
      Await.until("the thread of the call ends", () -> !isRunning("lastly-DELETE " + uri));
    }
  }

  private static void drip(ServerSocket server) {
    try (Socket client = server.accept();
        OutputStream out = client.getOutputStream()) {
      out.write("HTTP/1.1 200 ".getBytes(StandardCharsets.US_ASCII));
      while (true) {
        out.write('x');
        Thread.sleep(20); // shorter than each limit on silence
      }
    } catch (IOException e) {
      // The client has hung up.
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isRunning(String thread) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(running -> running.getName().equals(thread));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/vms/17", "ftp://h/x", "mailto:a@b", "http:/x", "http://u:p@h/x"})
  void delete_doubtfulUri_isRefusedByDefer(String uri) {
    assertThatThrownBy(() -> DeferredFunction.create(Http::delete, URI.create(uri)))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("delete refuses")
        .hasMessageNotContaining("u:p");
  }

  @Test
  void delete_withSecret_isAcceptedByDefer() throws Exception {
    Secret token = Secret.file(PrivateFile.write(dir.resolve("token"), "Bearer x"));
    assertThat(DeferredFunction.create(Http::delete, vm, token).toString())
        .isEqualTo("DeferredFunction(Http::delete, ...)");
  }
}
