package dev.lastly.fuzz.refused;

import dev.lastly.fuzz.Initialised;

/** Must not be loaded by its own name. */
public class Refused {
  static {
    Initialised.mark();
  }

  /** Inherited by a class that is allowed. */
  public void inherited() {}

  /** Not allowed. */
  public static void run() {}

  /** One method of it is allowed. */
  public static final class Partly {
    static {
      Initialised.mark();
    }

    private Partly() {}

    /** Allowed. */
    public static void open() {}

    /** Not allowed. */
    public static void shut() {}
  }
}
