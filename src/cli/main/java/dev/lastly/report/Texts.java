package dev.lastly.report;

import dev.lastly.internal.text.JsonWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Texts by number, made visible and cut short; the same text is there once. For one thread. */
final class Texts {
  /** Stands for no text. */
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

  /** Characters of the list. */
  int length() {
    return length;
  }

  JsonWriter list() {
    JsonWriter list = JsonWriter.forScripts().begin('[');
    numbers.keySet().forEach(list::text);
    return list.end(']');
  }
}
