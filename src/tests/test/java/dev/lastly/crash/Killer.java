package dev.lastly.crash;

import java.io.IOException;

/** Makes a child die at its n-th boundary of one kind. */
public interface Killer {
  /** What lies at its boundaries, for messages: {@code statement}. */
  String boundary();

  /** Arms a child that has not been started yet. */
  void arm(CrashChild.Launcher child, int n);

  /**
   * Where it struck, for messages; asked when the child is dead.
   *
   * @param log in which children that kill themselves have said where
   */
  default String where(EventLog log) throws IOException {
    return log.events().stream()
        .filter(e -> e.kind() == EventLog.Kind.KILLING)
        .reduce((a, b) -> b)
        .map(EventLog.Event::detail)
        .orElse("at an unknown place");
  }

  /** Before and after each statement. */
  static Killer atStatements() {
    return of("statement", CrashMain.BOUNDARY, "");
  }

  /** At a moment of the n-th function. */
  static Killer at(DeathMoment moment) {
    return of("function (" + moment + ")", CrashMain.MOMENT, moment + " ");
  }

  private static Killer of(String boundary, String property, String prefix) {
    return new Killer() {
      @Override
      public String boundary() {
        return boundary;
      }

      @Override
      public void arm(CrashChild.Launcher child, int n) {
        child.option("-D" + property + "=" + prefix + n);
      }
    };
  }
}
