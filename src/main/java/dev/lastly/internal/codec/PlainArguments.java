package dev.lastly.internal.codec;

import dev.lastly.internal.posix.NativeText;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Writes arguments of which it is certain beforehand what comes back: short texts and paths, whole
 * numbers and booleans, where just these are declared. That is most calls. Jackson's generator and
 * parser, which all others go through, are so much code that a processor that has just slept, as
 * one does after each sync, takes far longer to fetch it than to run it.
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
    return Json.escapeLoneSurrogates(out.append(']').toString());
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
}
