package dev.lastly.crash;

import static dev.lastly.crash.EventLog.Kind.BEGIN;
import static dev.lastly.crash.EventLog.Kind.END;
import static dev.lastly.crash.EventLog.Kind.THROWS;

import dev.lastly.model.Action;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The deferred functions. Each logs its begin and its end. The last word of its key selects the
 * function.
 */
public final class Deeds {
  private static volatile Observer observer = new Observer() {};

  private Deeds() {}

  /** Is told how far the functions of this process have got, in the thread that runs them. */
  interface Observer {
    /** A function has begun, and said so. */
    default void begins(String key) {}

    /** A function has done its work, and said so. */
    default void returns(String key) {}
  }

  /** Tells that one from now on. */
  static void observe(Observer from) {
    observer = from;
  }

  /** Which function a key stands for. */
  public static Action.Of2<Path, String> of(String key) {
    return switch (behaviour(key)) {
      case "returns" -> Deeds::returns;
      case "fails" -> Deeds::failsOnce;
      case "doomed" -> Deeds::fails;
      case "flaky" -> Deeds::flaky;
      case "slow" -> Deeds::slow;
      default -> throw new IllegalArgumentException("no such deed: " + key);
    };
  }

  /** What a key's function does, as told by its last word. */
  public static String behaviour(String key) {
    return key.substring(key.lastIndexOf('-') + 1);
  }

  /** Returns. */
  public static void returns(Path file, String key) {
    end(begin(file, key), key);
  }

  /** Throws until it has once been seen to, then returns. */
  public static void failsOnce(Path file, String key) throws IOException {
    List<EventLog.Event> before = new EventLog(file).events();
    EventLog log = begin(file, key);
    if (before.stream().noneMatch(e -> e.kind() == THROWS && e.subject().equals(key))) {
      log.append(THROWS, key);
      throw new IllegalStateException("planned failure of " + key);
    }
    end(log, key);
  }

  /** Throws each time, and so ends in quarantine. */
  public static void fails(Path file, String key) {
    EventLog log = begin(file, key);
    log.append(THROWS, key);
    throw new IllegalStateException("planned failure of " + key);
  }

  /** Throws every other time, by chance. */
  public static void flaky(Path file, String key) {
    EventLog log = begin(file, key);
    if (ThreadLocalRandom.current().nextBoolean()) {
      log.append(THROWS, key);
      throw new IllegalStateException("chance failure of " + key);
    }
    end(log, key);
  }

  /** Takes a while, so that a kill can hit it. */
  public static void slow(Path file, String key) throws InterruptedException {
    EventLog log = begin(file, key);
    TimeUnit.MILLISECONDS.sleep(30);
    end(log, key);
  }

  private static void end(EventLog log, String key) {
    log.append(END, key);
    observer.returns(key);
  }

  private static EventLog begin(Path file, String key) {
    EventLog log = new EventLog(file);
    log.append(BEGIN, key);
    observer.begins(key);
    return log;
  }
}
