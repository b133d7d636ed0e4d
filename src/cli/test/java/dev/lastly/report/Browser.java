package dev.lastly.report;

import dev.lastly.support.Await;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real browser without a window, with a profile of its own, driven by the DevTools protocol. */
final class Browser implements AutoCloseable {
  static final JsonMapper JSON = JsonMapper.builder().build();

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final int port;

  private Browser(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static Browser start(Path directory) throws Exception {
    Path profile = Files.createDirectories(directory.resolve("profile"));
    Path log = directory.resolve("browser.log");
    Process process =
        new ProcessBuilder(command(profile))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Path file = profile.resolve("DevToolsActivePort");
    try {
      Await.until(
          "the browser listens (" + log + ")",
          PATIENCE,
          () -> !process.isAlive() || (Files.exists(file) && !Files.readString(file).isBlank()));
      if (!process.isAlive()) {
        throw new AssertionError("the browser has ended: " + Files.readString(log));
      }
      return new Browser(process, Integer.parseInt(Files.readAllLines(file).get(0)));
    } catch (Exception | Error e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Nothing that reaches for the network by itself, and no sandbox, which root cannot have. */
  private static List<String> command(Path profile) {
    return List.of(
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--force-color-profile=srgb",
        "--remote-debugging-port=0",
        "--user-data-dir=" + profile,
        "about:blank");
  }

  /** An empty tab. */
  Tab open() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/new?about:blank"))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .timeout(PATIENCE)
            .build();
    JsonNode target = JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
    return Tab.connect(http, URI.create(target.get("webSocketDebuggerUrl").asString()));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IOException("the browser does not end");
    }
  }
}
