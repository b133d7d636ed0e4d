package dev.lastly.cli.output;

import dev.lastly.internal.text.JsonWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A JSON object whose members keep the order in which they were put. For one thread. */
public final class JsonObject {
  /** Milliseconds always, so that the texts sort like the times. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Map<String, @Nullable Object> members = new LinkedHashMap<>();

  /** An empty object. */
  public JsonObject() {}

  /**
   * Adds a member.
   *
   * @param name its name
   * @param value a text, number, truth value, {@link Instant}, enum constant (written in lower
   *     case), object, map, collection of these, or null
   * @return this object
   */
  public JsonObject put(String name, @Nullable Object value) {
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
  public JsonObject putRaw(String name, String json) {
    members.put(name, new Raw(json));
    return this;
  }

  private record Raw(String text) {}

  /** The object in one line. */
  @Override
  public String toString() {
    JsonWriter json = JsonWriter.forLines();
    write(json, members);
    return json.toString();
  }

  private static void write(JsonWriter json, @Nullable Object value) {
    if (value instanceof Boolean truth) {
      json.truth(truth);
    } else if (value instanceof Number number) {
      json.number(number);
    } else if (value instanceof Raw raw) {
      json.json(raw.text());
    } else if (value instanceof JsonObject object) {
      write(json, object.members);
    } else if (value instanceof Map<?, ?> map) {
      json.begin('{');
      map.forEach((name, member) -> write(json.name(plain(name)), member));
      json.end('}');
    } else if (value instanceof Collection<?> list) {
      json.begin('[');
      list.forEach(element -> write(json, element));
      json.end(']');
    } else {
      json.text(value == null ? null : plain(value));
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
}
