package dev.lastly.chaos;

import java.time.Duration;

/** {@code make chaos}: one storm, and its line of figures; status 1 if a promise was broken. */
public final class Chaos {
  private Chaos() {}

  /** Arguments: how many minutes, how many workers, and the seed, which may be left out. */
  public static void main(String[] args) throws Exception {
    long seconds = Math.round(Double.parseDouble(args[0]) * 60);
    int workers = Integer.parseInt(args[1]);
    long seed = args.length > 2 ? Long.parseLong(args[2]) : System.nanoTime();
    try {
      System.out.println(Storm.rage(Duration.ofSeconds(seconds), workers, seed));
    } catch (AssertionError e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}
