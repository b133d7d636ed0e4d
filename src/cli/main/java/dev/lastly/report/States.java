package dev.lastly.report;

import dev.lastly.model.FunctionState;
import java.util.List;
import java.util.Locale;

/** The look of states: a word, a sign and a colour each, because colour alone is not enough. */
final class States {
  /** The states in the order of their numbers in the page's data. */
  static final List<FunctionState> ORDER = List.of(FunctionState.values());

  private States() {}

  static int number(FunctionState state) {
    return ORDER.indexOf(state);
  }

  static String text(FunctionState state) {
    return state.columnValue().replace('_', ' ');
  }

  static String sign(FunctionState state) {
    return switch (state) {
      case DEFERRED -> "○";
      case RUNNING -> "►";
      case RETRY_WAIT -> "↻";
      case DONE -> "✓";
      case UNCONFIRMED -> "?";
      case CANCELLED -> "–";
      case QUARANTINED -> "!";
      case DISCARDED -> "×";
    };
  }

  static String style(FunctionState state) {
    return "state-" + state.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Markup badge(FunctionState state) {
    return new Markup()
        .open("span", "class", "badge " + style(state))
        .element("span", sign(state), "class", "sign", "aria-hidden", "true")
        .text(text(state))
        .close();
  }
}
