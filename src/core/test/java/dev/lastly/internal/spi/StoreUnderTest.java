package dev.lastly.internal.spi;

import dev.lastly.model.Settings;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** A store whose owners and clock a test controls. */
public interface StoreUnderTest extends AutoCloseable {
  /** A new owner, in a process of its own. */
  Membership join(UnaryOperator<Settings.Builder> settings);

  /** The same with settings that do not matter. */
  default Membership join() {
    return join(settings -> settings);
  }

  /**
   * The owner's process dies; what it holds on to is still there, as of a process that hangs on.
   */
  void kill(Membership owner);

  /** Time goes by. */
  void pass(Duration time);

  /**
   * Whether an owner sees at once that another one has changed anything. A store that many nodes
   * share looks for work from time to time instead.
   */
  default boolean seesEveryChange() {
    return true;
  }

  @Override
  void close();
}
