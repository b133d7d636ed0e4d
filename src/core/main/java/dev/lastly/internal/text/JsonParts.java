package dev.lastly.internal.text;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds parts of a JSON text, as JSON texts. For display only: for a text that is not JSON, the
 * result is arbitrary, but no method throws. Loading a JSON library would take a short-lived
 * program longer than all of its other work. Stateless.
 */
final class JsonParts {
  private JsonParts() {}

  /** The elements of an array; empty if the text is not an array. */
  static List<String> elements(String array) {
    return parts(array.strip(), '[', ']');
  }

  /** A member of an object; null if there is no member of that name. */
  static @Nullable String member(String object, String name) {
    for (String member : parts(object.strip(), '{', '}')) {
      int end = member.startsWith("\"") ? endOfText(member, 0) : -1;
      int colon = end < 0 ? -1 : member.indexOf(':', end);
      if (colon >= 0 && name.equals(text(member.substring(0, end)))) {
        return member.substring(colon + 1).strip();
      }
    }
    return null;
  }

  /** The value of a JSON string; null if the text is not a string. */
  static @Nullable String text(String json) {
    if (!json.startsWith("\"") || endOfText(json, 0) != json.length()) {
      return null;
    }
    StringBuilder text = new StringBuilder(json.length());
    for (int i = 1; i < json.length() - 1; i++) {
      char c = json.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char escaped = json.charAt(++i);
      if (escaped == 'u' && isHex(json, i + 1)) {
        text.append((char) Integer.parseInt(json.substring(i + 1, i + 5), 16));
        i += 4;
      } else {
        text.append(unescaped(escaped));
      }
    }
    return text.toString();
  }

  private static boolean isHex(String json, int start) {
    return start + 4 < json.length() && json.substring(start, start + 4).matches("[0-9a-fA-F]{4}");
  }

  private static char unescaped(char escaped) {
    return switch (escaped) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'b' -> '\b';
      case 'f' -> '\f';
      default -> escaped;
    };
  }

  /** The parts between commas on the first level. */
  private static List<String> parts(String json, char open, char close) {
    List<String> parts = new ArrayList<>();
    if (json.length() < 2 || json.charAt(0) != open || json.charAt(json.length() - 1) != close) {
      return parts;
    }
    int depth = 0;
    int start = 1;
    int end = json.length() - 1;
    for (int i = 1; i < end; i++) {
      char c = json.charAt(i);
      if (c == '"') {
        i = endOfText(json, i) - 1;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth--;
      } else if (c == ',' && depth == 0) {
        parts.add(json.substring(start, i).strip());
        start = i + 1;
      }
    }
    String last = json.substring(Math.min(start, end), end).strip();
    if (!last.isEmpty() || !parts.isEmpty()) {
      parts.add(last);
    }
    return parts;
  }

  /** The index after the closing quote; the length if there is none. */
  private static int endOfText(String json, int quote) {
    for (int i = quote + 1; i < json.length(); i++) {
      if (json.charAt(i) == '\\') {
        i++;
      } else if (json.charAt(i) == '"') {
        return i + 1;
      }
    }
    return json.length();
  }
}
