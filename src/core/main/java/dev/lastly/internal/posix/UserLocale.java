package dev.lastly.internal.posix;

import java.util.Map;

/**
 * The user's locale, where the launcher of the program {@code lastly} has replaced it. Stateless.
 *
 * <p>A JVM takes the encoding of names from the locale in which it starts, and no option changes
 * that. So the launcher starts it in a UTF-8 locale, and saves the user's setting in a variable.
 * The programs that this process starts are the user's, and must get the user's locale.
 */
public final class UserLocale {
  /** The variable. Empty if the user had no {@code LC_ALL}; otherwise {@code =} and its value. */
  private static final String SAVED = "LASTLY_LC_ALL";

  private UserLocale() {}

  /**
   * Restores the user's locale.
   *
   * @param environment the environment of a child to be started; not changed if no launcher has
   *     saved a locale
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
