package dev.lastly.artifact;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Clients that ask the application in {@code src/tests/test/spring-boot} for one piece of work
 * after the other, each with a scratch directory of its own, until it answers no more.
 */
final class HttpLoad implements AutoCloseable {
  private static final int SHORTEST_MILLIS = 20;
  private static final int LONGEST_MILLIS = 300;

  private final Path base;
  private final String prefix;
  private final String address;
  private final AtomicInteger number = new AtomicInteger();
  private final Map<Path, String> answers = new ConcurrentHashMap<>();
  private final Set<Path> unanswered = ConcurrentHashMap.newKeySet();
  private final List<Thread> clients = new ArrayList<>();
  private volatile boolean stopped;

  /**
   * Starts the clients.
   *
   * @param prefix of the names of the scratch directories in {@code base}
   */
  HttpLoad(int port, Path base, String prefix, int clients) {
    this.base = base;
    this.prefix = prefix;
    this.address = "http://127.0.0.1:" + port + "/work?before=0&scratch=";
    for (int i = 0; i < clients; i++) {
      Thread thread = new Thread(this::ask, "client-" + i);
      this.clients.add(thread);
      thread.start();
    }
  }

  private void ask() {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    boolean answered = true;
    while (answered && !stopped) {
      int mine = number.getAndIncrement();
      int during = SHORTEST_MILLIS + mine * 37 % (LONGEST_MILLIS - SHORTEST_MILLIS);
      Path scratch = base.resolve(prefix + mine);
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(address + scratch + "&during=" + during))
              .timeout(Duration.ofMinutes(1))
              .build();
      try {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        answers.put(scratch, response.body());
      } catch (IOException e) { // the application has ended, or takes no more requests
        unanswered.add(scratch);
        answered = false;
      } catch (InterruptedException e) {
        throw new AssertionError("only stop() ends a client", e);
      }
    }
  }

  /** Whether so many answers have come, and some request is in the middle of its work. */
  boolean isBusy(int answered) throws IOException {
    return answers.size() >= answered && scratches(base, prefix) > 0;
  }

  /** What has been answered. */
  List<String> answers() {
    return List.copyOf(answers.values());
  }

  /** The requests that the application has begun and not answered. */
  List<Path> begunWithoutAnswer() {
    return unanswered.stream().filter(HttpLoad::isBegun).toList();
  }

  private static boolean isBegun(Path scratch) {
    return Files.exists(scratch.resolveSibling(scratch.getFileName() + ".begun"));
  }

  /** How many scratch directories there are. */
  static long scratches(Path base, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(base)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .filter(Files::isDirectory)
          .count();
    }
  }

  /** Lets the clients end, and waits for them. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread client : clients) {
      client.join();
    }
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
