package dev.lastly.internal.posix;

import java.util.Map;

/**
 * The locale of the user, where the launcher of the program {@code lastly} has set another.
 *
 * <p>A JVM takes the encoding of names from the locale that it starts in, and no option changes
 * that. So the launcher starts it in a UTF-8 locale, and keeps what the user had in a variable: the
 * programs that this process starts are the user's, and must not see the launcher's choice.
 */
public final class UserLocale {
  /** Empty if the user had no {@code LC_ALL}, else {@code =} and its value. */
  private static final String SAVED = "LASTLY_LC_ALL";

  private UserLocale() {}

  /**
   * Puts the user's locale back.
   *
   * @param environment of a child that is about to be started; unchanged if no launcher has set it
   */
  public static void restore(Map<String, String> environment) {
    String saved = environment.remove(SAVED);
    if (saved == null) {
      return;
    }
    if (saved.startsWith("=")) {
      environment.put("LC_ALL", saved.substring(1));
    } else {
      environment.remove("LC_ALL");
    }
  }
}
