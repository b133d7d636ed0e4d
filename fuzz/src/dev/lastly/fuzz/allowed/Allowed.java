package dev.lastly.fuzz.allowed;

import dev.lastly.fuzz.Initialised;
import dev.lastly.fuzz.refused.Refused;
import dev.lastly.model.Action;
import java.util.List;

/** May be called, and so must be found; but not initialised before it is. */
public class Allowed extends Refused {
  static {
    Initialised.mark();
  }

  /** A constructor. */
  public Allowed() {}

  /** Overloaded. */
  public static void run() {}

  /** Overloaded. */
  public static void run(List<String> words, int[][] numbers) {}

  /** With a name that the compiler makes up. */
  public static Action.Of0 lambda() {
    return () -> run();
  }

  /** Nested. */
  public static final class Nested {
    private Nested() {}

    /** Static. */
    public static void run() {}
  }
}
