package dev.lastly.cli.output;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object whose members keep the order in which they were put. A small writer of its own,
 * because a library costs a short-lived program more time than all that it says. For one thread.
 */
public final class Json {
  /** Milliseconds always, so that the texts sort like the times. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Map<String, @Nullable Object> members = new LinkedHashMap<>();

  private Json() {}

  /**
   * Begins an object.
   *
   * @return an empty object
   */
  public static Json object() {
    return new Json();
  }

  /**
   * Adds a member.
   *
   * @param name its name
   * @param value a text, number, truth value, {@link Instant}, enum constant (written in lower
   *     case), object, map, collection of these, or null
   * @return this object
   */
  public Json put(String name, @Nullable Object value) {
    members.put(name, value);
    return this;
  }

  /**
   * Adds a member that is JSON already.
   *
   * @param name its name
   * @param json JSON text
   * @return this object
   */
  public Json putRaw(String name, String json) {
    // In JSON a line end is only ever white space between two tokens.
    members.put(name, new Raw(json.replace('\n', ' ').replace('\r', ' ')));
    return this;
  }

  private record Raw(String text) {}

  /** The object in one line. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    write(text, members);
    return text.toString();
  }

  private static void write(StringBuilder text, @Nullable Object value) {
    if (value == null || value instanceof Boolean || value instanceof Number) {
      text.append(value);
    } else if (value instanceof Raw raw) {
      text.append(raw.text());
    } else if (value instanceof Json object) {
      write(text, object.members);
    } else if (value instanceof Map<?, ?> map) {
      writeMembers(text, map);
    } else if (value instanceof Collection<?> list) {
      writeElements(text, list);
    } else {
      writeString(text, plain(value));
    }
  }

  private static String plain(Object value) {
    if (value instanceof Instant instant) {
      return TIME.format(instant);
    }
    return value instanceof Enum<?> constant
        ? constant.name().toLowerCase(Locale.ROOT)
        : value.toString();
  }

  private static void writeMembers(StringBuilder text, Map<?, ?> map) {
    String separator = "{";
    for (Map.Entry<?, ?> member : map.entrySet()) {
      text.append(separator);
      writeString(text, plain(member.getKey()));
      text.append(':');
      write(text, member.getValue());
      separator = ",";
    }
    text.append(map.isEmpty() ? "{}" : "}");
  }

  private static void writeElements(StringBuilder text, Collection<?> list) {
    String separator = "[";
    for (Object element : list) {
      text.append(separator);
      write(text, element);
      separator = ",";
    }
    text.append(list.isEmpty() ? "[]" : "]");
  }

  /** RFC 8259, section 7; a terminal must not see what a text wants it to do, so all controls. */
  private static void writeString(StringBuilder text, String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> text.append('\\').append(c);
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        case '\r' -> text.append("\\r");
        default -> {
          if (Character.isISOControl(c) || isLoneSurrogate(value, i)) {
            text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }

  private static boolean isLoneSurrogate(String value, int index) {
    char c = value.charAt(index);
    if (Character.isHighSurrogate(c)) {
      return index + 1 == value.length() || !Character.isLowSurrogate(value.charAt(index + 1));
    }
    return Character.isLowSurrogate(c)
        && (index == 0 || !Character.isHighSurrogate(value.charAt(index - 1)));
  }
}
