package dev.lastly.report;

import java.util.Locale;

/** How an owner ended, or that it has not. */
enum OwnerEnding {
  /** It lives. */
  ALIVE("lives"),
  /** It is dead, and no process has recorded that yet. */
  UNNOTICED("dead, not yet recorded"),
  /** It is unknown whether it is alive. */
  UNKNOWN("unknown"),
  /** In a fleet: its node is presumed dead, and that is not proven. */
  PRESUMED("presumed dead"),
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
    return this != ALIVE && this != CLOSED;
  }

  /** Whether its end is recorded, and proven. */
  boolean isCertain() {
    return this == CLOSED || this == DIED || this == FORCED;
  }

  /** Its class in the style sheet. */
  String style() {
    return "ending-" + name().toLowerCase(Locale.ROOT);
  }

  /** Of an owner whose end is recorded for this reason. */
  static OwnerEnding recorded(String reason) {
    return switch (reason) {
      case "died", "rebooted" -> DIED;
      case "forced" -> FORCED;
      case "presumed" -> PRESUMED;
      default -> CLOSED;
    };
  }
}
