package dev.lastly.cli.view;

import dev.lastly.cli.output.Style;
import dev.lastly.model.FunctionState;

/** The look of states. */
public final class StateStyle {
  private StateStyle() {}

  /**
   * How a state is shown.
   *
   * @param state the state
   * @return its style
   */
  public static Style of(FunctionState state) {
    return switch (state) {
      case DONE -> Style.GOOD;
      case RETRY_WAIT, UNCONFIRMED -> Style.WARNING;
      case QUARANTINED -> Style.BAD;
      case CANCELLED, DISCARDED -> Style.FAINT;
      case DEFERRED, RUNNING -> Style.PLAIN;
    };
  }
}
