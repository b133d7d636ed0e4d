package dev.lastly.property;

/** The functions that the simulated owners defer. Each reports its run to the world. */
public final class ModelCalls {
  private ModelCalls() {}

  /** Stands for a SIGKILL in the middle of a function: no code catches it. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Returns normally, always. */
  public static void returns(String key, int times) {
    ModelWorld.current().runs(key).returned();
  }

  /** Throws in its first runs, then returns. */
  public static void fails(String key, int times) {
    ModelWorld.Run run = ModelWorld.current().runs(key);
    if (run.number() <= times) {
      throw new IllegalStateException("run " + run.number() + " of " + key + " fails");
    }
    run.returned();
  }

  /**
   * While it runs something else happens on the node, as {@link Meddling} says; then it returns.
   */
  public static void meddles(String key, int what) {
    ModelWorld.Run run = ModelWorld.current().runs(key);
    if (run.number() == 1) {
      run.world().meddle(run, what);
    }
    if (run.number() == 2 && Meddling.killsTheHeir(what)) {
      run.worker().process().kill();
    }
    if (run.worker().process().isDead()) {
      throw new Killed();
    }
    run.returned();
  }

  /** Takes its process down in its first runs, then returns. */
  public static void kills(String key, int times) {
    ModelWorld.Run run = ModelWorld.current().runs(key);
    if (run.number() <= times) {
      run.worker().process().kill();
      throw new Killed();
    }
    run.returned();
  }
}
