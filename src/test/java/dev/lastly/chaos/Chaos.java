package dev.lastly.chaos;

import java.time.Duration;

/** {@code make chaos}: one storm, and its line of figures; status 1 if a promise was broken. */
public final class Chaos {
  private Chaos() {}

  /** Arguments: how many minutes, and the seed, which may be empty. */
  public static void main(String[] args) throws Exception {
    long seconds = Math.round(Double.parseDouble(args[0]) * 60);
    boolean chosen = args.length > 1 && !args[1].isEmpty();
    long seed = chosen ? Long.parseLong(args[1]) : System.nanoTime();
    try {
      System.out.println(Storm.rage(Duration.ofSeconds(seconds), seed));
    } catch (AssertionError e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}
