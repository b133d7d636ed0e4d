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
    return ArgumentsMapper.escapeLoneSurrogates(out.append(']').toString());
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
   * escapes. A process that reaps thousands of them has usually just started, and Jackson is much
   * cold code.
   *
   * @param arguments receives the arguments, one per parameter
   * @return false if the JSON is of another form; ignore the contents of the array then
   */
  static boolean read(Parameters parameters, String json, @Nullable Object[] arguments) {
    int end = json.length() - 1;
    int at = 0; // the bracket or comma before an argument
    for (int i = 0; i < arguments.length; i++) {
      int closing = at + 1 < end && json.charAt(at + 1) == '"' ? closing(json, at + 2) : -1;
      if (closing < 0 || closing >= end || json.charAt(at) != (i == 0 ? '[' : ',')) {
        return false;
      }
      arguments[i] = argument(parameters.type(i), json.substring(at + 2, closing));
      if (arguments[i] == null) {
        return false;
      }
      at = closing + 1;
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

  private static @Nullable Object argument(Class<?> declared, String text) {
    if (declared == String.class) {
      return text;
    }
    return declared == Path.class && NativeText.isSpelled(text) ? Path.of(text) : null;
  }
}
