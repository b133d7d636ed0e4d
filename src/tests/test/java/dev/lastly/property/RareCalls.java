package dev.lastly.property;

/** Functions whose class only some of the simulated owners may call. */
public final class RareCalls {
  private RareCalls() {}

  /** Returns normally, always. */
  public static void returns(String key, int times) {
    ModelWorld.current().runs(key).returned();
  }
}
