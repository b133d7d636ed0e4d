package dev.lastly.report;

import dev.lastly.support.Await;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One tab of a browser, and everything that it has complained about. */
final class Tab implements WebSocket.Listener, AutoCloseable {
  private static final long SECONDS = 60;

  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger lastId = new AtomicInteger();
  private final StringBuilder part = new StringBuilder();
  private volatile boolean loaded;
  private @Nullable WebSocket socket;

  private Tab() {}

  static Tab connect(HttpClient http, URI uri) throws Exception {
    Tab tab = new Tab();
    tab.socket = http.newWebSocketBuilder().buildAsync(uri, tab).get(SECONDS, TimeUnit.SECONDS);
    for (String domain : List.of("Page", "Runtime", "Log", "Network", "Audits")) {
      tab.send(domain + ".enable", Map.of());
    }
    return tab;
  }

  JsonNode send(String method, Map<String, ?> parameters) throws Exception {
    int id = lastId.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    String message =
        Browser.JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters));
    WebSocket open = socket;
    if (open == null) {
      throw new IllegalStateException("not connected");
    }
    open.sendText(message, true).get(SECONDS, TimeUnit.SECONDS);
    JsonNode result = answer.get(SECONDS, TimeUnit.SECONDS);
    if (result.has("error")) {
      throw new AssertionError(method + ": " + result.get("error"));
    }
    return result.path("result");
  }

  /** Goes there, and waits until everything is loaded. */
  void go(URI uri) throws Exception {
    loaded = false;
    send("Page.navigate", Map.of("url", uri.toString()));
    Await.until(uri + " is loaded", () -> loaded);
  }

  /** The value of an expression, as text. */
  String eval(String expression) throws Exception {
    JsonNode result =
        send("Runtime.evaluate", Map.of("expression", expression, "awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
    }
    return result.path("result").path("value").asString();
  }

  void screen(int width, int height, boolean phone) throws Exception {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of(
            "width", width, "height", height, "deviceScaleFactor", phone ? 2 : 1, "mobile", phone));
  }

  void colourScheme(String scheme) throws Exception {
    send(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  void paper() throws Exception {
    send("Emulation.setEmulatedMedia", Map.of("media", "print"));
  }

  /** Text as if it was typed into what has the focus. */
  void type(String text) throws Exception {
    send("Input.insertText", Map.of("text", text));
  }

  void press(String key, int code) throws Exception {
    String text = key.equals("Enter") ? "\r" : "";
    for (String type : List.of("keyDown", "keyUp")) {
      send(
          "Input.dispatchKeyEvent",
          Map.of(
              "type", type, "key", key, "code", key, "windowsVirtualKeyCode", code, "text", text));
    }
  }

  void screenshot(Path file, boolean whole) throws Exception {
    JsonNode image =
        send("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", whole));
    Files.write(file, Base64.getDecoder().decode(image.get("data").asString()));
  }

  /** Errors on the console, exceptions, what the content security policy has refused. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** What was complained about and asked for until now was meant to happen. */
  void forgive() {
    complaints.clear();
    requests.removeIf("about:blank"::equals);
  }

  /** Every address that was asked for. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    part.append(data);
    if (last) {
      receive(Browser.JSON.readTree(part.toString()));
      part.setLength(0);
    }
    webSocket.request(1);
    return null;
  }

  private void receive(JsonNode message) {
    if (message.has("id")) {
      CompletableFuture<JsonNode> answer = answers.remove(message.get("id").asInt());
      if (answer != null) {
        answer.complete(message);
      }
      return;
    }
    JsonNode parameters = message.path("params");
    switch (message.get("method").asString()) {
      case "Page.loadEventFired" -> loaded = true;
      case "Network.requestWillBeSent" ->
          requests.add(parameters.path("request").path("url").asString());
      case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded" ->
          complaints.add(parameters.toString());
      case "Audits.issueAdded" -> complaints.add(parameters.path("issue").toString());
      default -> {}
    }
  }

  @Override
  public void close() throws Exception {
    send("Page.close", Map.of());
    WebSocket open = socket;
    if (open != null) {
      open.abort();
    }
  }
}
