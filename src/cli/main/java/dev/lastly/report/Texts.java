package dev.lastly.report;

import dev.lastly.internal.text.JsonWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A numbered list of shortened texts, each of them once. For one thread. */
final class Texts {
  /** The number for no text. */
  static final int NONE = -1;

  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private int length;

  int number(@Nullable String value, int most) {
    if (value == null) {
      return NONE;
    }
    String shown = Visible.bounded(value, most);
    Integer known = numbers.get(shown);
    if (known != null) {
      return known;
    }
    length += JsonWriter.forScripts().text(shown).length() + 1;
    numbers.put(shown, numbers.size());
    return numbers.size() - 1;
  }

  /** The length of the list in characters of JSON. */
  int length() {
    return length;
  }

  JsonWriter list() {
    JsonWriter list = JsonWriter.forScripts().begin('[');
    numbers.keySet().forEach(list::text);
    return list.end(']');
  }
}
