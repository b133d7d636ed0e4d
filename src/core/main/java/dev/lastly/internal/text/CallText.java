package dev.lastly.internal.text;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes a row's call as one short line for people. Quotes texts for a shell, so that a reader can
 * run the line, and escapes every character that could move the cursor or be invisible. Stateless.
 */
public final class CallText {
  /** The class's name as a text, so that a process that only reads need not load the class. */
  private static final String COMMANDS = "dev.lastly.cleanup.Commands#";

  private static final int MOST_COMMAND = 500;
  private static final int MOST_ARGUMENTS = 120;

  private CallText() {}

  /**
   * The command line that a function runs; null if it runs no command.
   *
   * @param function the text of the reference
   * @param arguments JSON array
   */
  public static @Nullable String command(String function, String arguments) {
    if (!function.startsWith(COMMANDS + "run(") && !function.startsWith(COMMANDS + "runAfter(")) {
      return null;
    }
    List<String> values = JsonParts.elements(arguments);
    String command = values.isEmpty() ? null : values.get(values.size() - 1);
    String words = command == null ? null : JsonParts.member(command, "arguments");
    if (words == null) {
      return null; // a damaged row, or a row of another version
    }
    return bounded(
        JsonParts.elements(words).stream().map(CallText::value).collect(Collectors.joining(" ")),
        MOST_COMMAND);
  }

  /** The command line, or the name with its arguments. */
  public static String summary(String name, String function, String arguments) {
    String command = command(function, arguments);
    if (command != null) {
      return command;
    }
    String values =
        JsonParts.elements(arguments).stream()
            .map(CallText::value)
            .collect(Collectors.joining(", "));
    return name + "(" + bounded(values, MOST_ARGUMENTS) + ")";
  }

  private static String value(String json) {
    String text = JsonParts.text(json);
    return text == null ? visible(json) : word(text);
  }

  /**
   * A word of a command line.
   *
   * @param text any text
   * @return the text in a form that a shell reads back unchanged
   */
  public static String word(String text) {
    if (text.matches("[A-Za-z0-9_@%+=:,./-]+")) {
      return text;
    }
    boolean plain = text.codePoints().noneMatch(Text::isHidden);
    return plain
        ? "'" + text.replace("'", "'\\''") + "'"
        : "$'" + visible(text.replace("\\", "\\\\").replace("'", "\\'")) + "'";
  }

  /** The text with escapes for bash's {@code $'…'}. */
  private static String visible(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (Text.isHidden(c)) {
                line.append(Text.escape(c));
              } else {
                line.appendCodePoint(c);
              }
            });
    return line.toString();
  }

  private static String bounded(String line, int most) {
    if (line.length() <= most) {
      return line;
    }
    int end = Character.isHighSurrogate(line.charAt(most - 1)) ? most - 1 : most;
    return line.substring(0, end) + "… (" + (line.length() - end) + " more)";
  }
}
