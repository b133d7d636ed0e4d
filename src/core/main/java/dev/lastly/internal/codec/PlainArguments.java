package dev.lastly.internal.codec;

import dev.lastly.internal.posix.NativeText;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Writes arguments of which it is certain beforehand what comes back, and reads the simplest of
 * them: short texts and paths, whole numbers and booleans, where just these are declared. That is
 * most calls. Jackson's generator and parser, which all others go through, are so much code that a
 * processor that has just slept, as one does after each sync, takes far longer to fetch it than to
 * run it.
 */
final class PlainArguments {
  /** Longer texts go the other way, which stops before what it writes fills the heap. */
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

  /** The same JSON that {@link Parameters#write} makes; null if it is not certain. */
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

  /** A name that is no text in the file system's encoding is not found again by its text. */
  private static boolean path(StringBuilder out, Path path) {
    String text = path.toString();
    return path.getFileSystem() == FileSystems.getDefault()
        && NativeText.isSpelled(text)
        && Path.of(text).equals(path)
        && text(out, text);
  }

  /**
   * Reads what {@link Parameters#read} reads, if that is texts of printable ASCII without escapes.
   * A process that recovers thousands of them has just been started: what reads JSON is cold, and
   * much.
   *
   * @param arguments gets the arguments, as many as there are parameters
   * @return false if it is not certain; then nothing of them counts
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

  /** Where a text ends that begins there; -1 if it has a character that may mean another. */
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
