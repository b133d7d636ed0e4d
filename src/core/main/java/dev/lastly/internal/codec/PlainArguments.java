package dev.lastly.internal.codec;

import dev.lastly.internal.posix.NativeText;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * A fast path without Jackson for the arguments of most calls: short texts and paths, integers and
 * booleans, declared as exactly these types. Their round trip is certain, so no comparison is
 * needed. Jackson's generator and parser are so much code that a processor that has slept, as it
 * does during each sync, takes far longer to fetch that code than to run it. Stateless.
 */
final class PlainArguments {
  /** The limit on this path. Jackson's path handles longer texts and bounds their total size. */
  private static final int LONGEST = 4_096;

  /** Each number of so many digits is a {@code long}. */
  private static final int MOST_DIGITS = 18;

  private static final Set<Class<?>> WHOLE_OR_BOOLEAN =
      Set.of(
          int.class,
          Integer.class,
          long.class,
          Long.class,
          short.class,
          Short.class,
          byte.class,
          Byte.class,
          boolean.class,
          Boolean.class);

  private PlainArguments() {}

  /** Writes the same JSON as {@link Parameters#write}. Null if the arguments are not plain. */
  static @Nullable String json(Parameters parameters, List<@Nullable Object> arguments) {
    StringBuilder out = new StringBuilder().append('[');
    for (int i = 0; i < arguments.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      if (!write(out, parameters.type(i), arguments.get(i))) {
        return null;
      }
    }
    return LoneSurrogates.escape(out.append(']').toString());
  }

  private static boolean write(StringBuilder out, Class<?> declared, @Nullable Object argument) {
    if (argument instanceof String text && declared == String.class) {
      return text(out, text);
    }
    if (argument instanceof Path path && declared == Path.class) {
      return path(out, path);
    }
    if (argument != null && WHOLE_OR_BOOLEAN.contains(declared)) {
      out.append(argument);
      return true;
    }
    return false;
  }

  private static boolean text(StringBuilder out, String text) {
    if (text.length() > LONGEST) {
      return false;
    }
    out.append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, out);
    out.append('"');
    return true;
  }

  /**
   * Writes a path. False if the file system's encoding cannot spell its text: the text would not
   * lead back to the file.
   */
  private static boolean path(StringBuilder out, Path path) {
    String text = path.toString();
    return path.getFileSystem() == FileSystems.getDefault()
        && NativeText.isSpelled(text)
        && Path.of(text).equals(path)
        && text(out, text);
  }

  /**
   * Reads arguments as {@link Parameters#read} does, if they are texts of printable ASCII without
   * escapes, integers and booleans. A process that reaps thousands of them has usually just
   * started, and Jackson is much cold code.
   *
   * @param arguments receives the arguments, one per parameter
   * @return false if the JSON is of another form; ignore the contents of the array then
   */
  static boolean read(Parameters parameters, String json, @Nullable Object[] arguments) {
    int end = json.length() - 1;
    int at = 0; // the bracket or comma before an argument
    for (int i = 0; i < arguments.length; i++) {
      if (at + 1 >= end || json.charAt(at) != (i == 0 ? '[' : ',')) {
        return false;
      }
      boolean isText = json.charAt(at + 1) == '"';
      int from = isText ? at + 2 : at + 1;
      int to = isText ? closing(json, from) : endOfWord(json, from);
      if (to < 0 || to > (isText ? end - 1 : end)) {
        return false;
      }
      String found = json.substring(from, to);
      arguments[i] = isText ? text(parameters.type(i), found) : word(parameters.type(i), found);
      if (arguments[i] == null) {
        return false;
      }
      at = isText ? to + 1 : to;
    }
    return arguments.length > 0 && at == end && json.charAt(at) == ']';
  }

  /**
   * The index of the closing quote of a text; -1 if the text has an escape or a character beyond
   * printable ASCII.
   */
  private static int closing(String json, int from) {
    for (int i = from; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '"') {
        return i;
      }
      if (c < ' ' || c > '~' || c == '\\') {
        return -1;
      }
    }
    return -1;
  }

  /** The index of the next comma or bracket; the length if there is none. */
  private static int endOfWord(String json, int from) {
    int i = from;
    while (i < json.length() && json.charAt(i) != ',' && json.charAt(i) != ']') {
      i++;
    }
    return i;
  }

  private static @Nullable Object text(Class<?> declared, String text) {
    if (declared == String.class) {
      return text;
    }
    return declared == Path.class && NativeText.isSpelled(text) ? Path.of(text) : null;
  }

  /** A boolean, or an integer that its type holds; null if it is anything else. */
  private static @Nullable Object word(Class<?> declared, String word) {
    if (declared == boolean.class || declared == Boolean.class) {
      return (word.equals("true") || word.equals("false")) ? Boolean.valueOf(word) : null;
    }
    if (!WHOLE_OR_BOOLEAN.contains(declared) || !isWhole(word)) {
      return null;
    }
    long number = Long.parseLong(word);
    if (declared == long.class || declared == Long.class) {
      return number;
    }
    if (declared == int.class || declared == Integer.class) {
      return number == (int) number ? (int) number : null;
    }
    if (declared == short.class || declared == Short.class) {
      return number == (short) number ? (short) number : null;
    }
    return number == (byte) number ? (byte) number : null;
  }

  /** Whether JSON writes an integer so, and it certainly fits a long. */
  private static boolean isWhole(String word) {
    int digits = word.startsWith("-") ? 1 : 0;
    boolean canBegin = word.length() > digits && (word.charAt(digits) != '0' || word.equals("0"));
    return canBegin
        && word.length() - digits <= MOST_DIGITS
        && word.chars().skip(digits).allMatch(c -> c >= '0' && c <= '9');
  }
}
