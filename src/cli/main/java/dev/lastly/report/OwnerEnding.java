package dev.lastly.report;

import dev.lastly.model.OwnerRow;
import java.util.Locale;

/** How an owner ended, or that it has not. */
enum OwnerEnding {
  /** It lives. */
  ALIVE("lives"),
  /** It is dead, and no process has recorded that yet. */
  UNNOTICED("dead, not yet recorded"),
  /** It is unknown whether it is alive. */
  UNKNOWN("unknown"),
  /** It closed. */
  CLOSED("closed"),
  /** It was found dead. */
  DIED("died"),
  /** An operator has ended it by force. */
  FORCED("ended by force");

  private final String text;

  OwnerEnding(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  /** Whether it died, or may have, at an unknown time. */
  boolean isDeath() {
    return this == UNNOTICED || this == UNKNOWN || this == DIED || this == FORCED;
  }

  /** Its class in the style sheet. */
  String style() {
    return "ending-" + name().toLowerCase(Locale.ROOT);
  }

  static OwnerEnding of(OwnerRow owner) {
    String reason = owner.endReason();
    if (reason == null) {
      return switch (owner.verdict()) {
        case ALIVE -> ALIVE;
        case DEAD -> UNNOTICED;
        case UNKNOWN -> UNKNOWN;
      };
    }
    return switch (reason) {
      case "died" -> DIED;
      case "forced" -> FORCED;
      default -> CLOSED;
    };
  }
}
