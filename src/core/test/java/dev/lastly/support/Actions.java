package dev.lastly.support;

import dev.lastly.model.Action;
import dev.lastly.model.Precondition;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Functions for workers to defer: each writes its tag into a ledger, and then fails in its way. */
public final class Actions {
  /** By the name that {@link Worker} knows them by. */
  static final Map<String, Action.Of2<Path, String>> BY_NAME =
      Map.of(
          "log", Actions::log,
          "able", Actions::able,
          "needy", Actions::needy,
          "fail", Actions::fail,
          "halt", Actions::halt,
          "exit", Actions::exit,
          "nap", Actions::nap,
          "stubborn", Actions::stubborn,
          "hold", Actions::hold,
          "planted", Planted::run);

  private Actions() {}

  /** Returns at once. */
  public static void log(Path ledger, String tag) throws IOException {
    Ledger.append(ledger, tag);
  }

  /** Runs only in a process that is said to be able to. */
  public static void able(Path ledger, String tag) throws IOException {
    if (!Boolean.getBoolean("lastly.able")) {
      throw new UnresolvableFunctionException("only a process with lastly.able runs this");
    }
    Ledger.append(ledger, tag);
  }

  /** Runs only where a file beside the ledger is there. */
  @Precondition("requireNeed")
  public static void needy(Path ledger, String tag) throws IOException {
    Ledger.append(ledger, tag);
  }

  static void requireNeed(Path ledger, String tag) {
    if (!Files.exists(ledger.resolveSibling(tag + ".need"))) {
      throw new UnresolvableFunctionException("there is no " + tag + ".need here");
    }
  }

  /** Throws. */
  public static void fail(Path ledger, String tag) throws IOException {
    Ledger.append(ledger, tag);
    throw new IOException("planned failure of " + tag);
  }

  /** Kills its process on the spot. */
  public static void halt(Path ledger, String tag) throws IOException {
    Ledger.append(ledger, tag);
    Runtime.getRuntime().halt(9);
  }

  /** Asks its process to end, and thereby waits for the shutdown hooks. */
  public static void exit(Path ledger, String tag) throws IOException {
    Ledger.append(ledger, tag);
    System.exit(7);
  }

  /** Sleeps until it is interrupted. */
  public static void nap(Path ledger, String tag) throws IOException, InterruptedException {
    Ledger.append(ledger, tag);
    TimeUnit.MINUTES.sleep(10);
  }

  /** Neither returns nor heeds an interrupt. */
  public static void stubborn(Path ledger, String tag) throws IOException {
    Ledger.append(ledger, tag);
    long end = System.nanoTime() + Duration.ofMinutes(10).toNanos();
    while (System.nanoTime() < end) {
      boolean unused = Thread.interrupted();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  /** Leaves {@code tag-begin}, waits until a file beside the ledger is there, leaves the tag. */
  public static void hold(Path ledger, String tag) throws Exception {
    Ledger.append(ledger, tag + "-begin");
    Path go = ledger.resolveSibling(tag + ".go");
    Await.until(go + " appears", Duration.ofMinutes(2), () -> Files.exists(go));
    Ledger.append(ledger, tag);
  }

  /** What a stranger would like to have run. */
  public static final class Planted {
    private Planted() {}

    /** Must never be called where the policy does not say so. */
    public static void run(Path ledger, String tag) throws IOException {
      Ledger.append(ledger, tag);
    }
  }

  /**
   * The two files of a job in Toil's tests.
   *
   * @param files what to delete
   */
  public record Files2(List<Path> files) {
    /** An instance method. */
    public void delete() throws IOException {
      Nested.delete(files.get(0), files.get(1));
    }
  }

  /** A nested class. */
  public static final class Nested {
    private Nested() {}

    /** A static method of a nested class; fails if a file has gone. */
    public static void delete(Path first, Path second) throws IOException {
      Files.delete(first);
      Files.delete(second);
    }
  }
}
