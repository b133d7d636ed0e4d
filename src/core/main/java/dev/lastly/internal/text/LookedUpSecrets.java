package dev.lastly.internal.text;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The values of the secrets that a thread has looked up while it ran a piece of work, so that they
 * are replaced in the texts that are recorded of it. For one thread.
 */
public final class LookedUpSecrets {
  /** A shorter one would be replaced within words, and its places would tell it. */
  static final int SHORTEST = 4;

  private static final ThreadLocal<@Nullable LookedUpSecrets> OPEN = new ThreadLocal<>();

  private static final Comparator<String> LONGEST_FIRST =
      Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder());

  private final @Nullable LookedUpSecrets outer;
  private final Map<String, String> names = new TreeMap<>(LONGEST_FIRST);

  private LookedUpSecrets(@Nullable LookedUpSecrets outer) {
    this.outer = outer;
    if (outer != null) {
      names.putAll(outer.names);
    }
  }

  /** Does the work, within which {@link #hidden} knows what this thread has looked up. */
  public static <T> T during(Supplier<T> work) {
    LookedUpSecrets opened = new LookedUpSecrets(OPEN.get());
    OPEN.set(opened);
    try {
      return work.get();
    } finally {
      opened.close();
    }
  }

  /**
   * Adds a value, if this thread is doing such work.
   *
   * @param value the value
   * @param name what stands for it in a text
   */
  public static void add(String value, String name) {
    LookedUpSecrets open = OPEN.get();
    if (open != null) {
      open.put(value, name);
      // A header is "Bearer TOKEN", and a server may answer with the token alone.
      int space = value.indexOf(' ');
      if (space > 0 && space == value.lastIndexOf(' ')) {
        open.putToken(value.substring(space + 1), name);
      }
    }
  }

  private void put(String value, String name) {
    if (value.length() >= SHORTEST) {
      names.put(value, name);
    }
  }

  private void putToken(String token, String name) {
    if (!names.containsKey(token)) {
      put(token, name);
    }
  }

  /** The text, with the name of each secret in the place of its value. */
  public static String hidden(String text) {
    String shown = text;
    LookedUpSecrets open = OPEN.get();
    if (open != null) {
      for (Map.Entry<String, String> secret : open.names.entrySet()) {
        shown = shown.replace(secret.getKey(), secret.getValue());
      }
    }
    return shown;
  }

  /** A function may run others within its own work: it goes on with what was found in theirs. */
  private void close() {
    if (outer == null) {
      OPEN.remove();
    } else {
      outer.names.putAll(names);
      OPEN.set(outer);
    }
  }
}
