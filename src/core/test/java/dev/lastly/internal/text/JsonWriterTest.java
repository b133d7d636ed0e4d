package dev.lastly.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Held to Jackson: what it reads in our text, and the text that it writes itself. */
class JsonWriterTest {
  private static final JsonMapper JACKSON =
      JsonMapper.builder()
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Any characters, halves of them and controls often. */
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<Character> rare =
        Arbitraries.of(
            '\ud83d', '\ude00', '\0', '\b', '\t', '\n', '\u000b', '\f', '\r', '\u001b', '\u007f',
            '\u009b', '\u2028', '\u2029', '\u202e', '\u200b', '\ufeff', '"', '\\', '/', '<', '>',
            '&', '\'');
    return Arbitraries.oneOf(rare, Arbitraries.chars().all())
        .list()
        .ofMaxSize(20)
        .map(
            characters -> {
              StringBuilder text = new StringBuilder();
              characters.forEach(text::append);
              return text.toString();
            });
  }

  /** Jackson reads half a character in a string, not in a name. */
  private Arbitrary<String> names() {
    return texts()
        .map(text -> new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
  }

  /** Every kind of value, to a depth. */
  @Provide
  Arbitrary<Object> values() {
    return Arbitraries.recursive(
        () ->
            Arbitraries.oneOf(
                texts().map(text -> (Object) text),
                Arbitraries.longs().map(number -> (Object) number),
                Arbitraries.doubles().map(number -> (Object) number),
                Arbitraries.bigDecimals().map(number -> (Object) number),
                Arbitraries.bigIntegers().map(number -> (Object) number),
                Arbitraries.of(true, false).map(truth -> (Object) truth)),
        inner ->
            Arbitraries.oneOf(
                inner.list().ofMaxSize(3).map(list -> (Object) list),
                Arbitraries.maps(names(), inner).ofMaxSize(3).map(map -> (Object) map)),
        0,
        3);
  }

  private static JsonWriter write(JsonWriter json, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      json.begin('{');
      map.forEach((name, member) -> write(json.name((String) name), member));
      return json.end('}');
    } else if (value instanceof List<?> list) {
      json.begin('[');
      list.forEach(element -> write(json, element));
      return json.end(']');
    } else if (value instanceof Boolean truth) {
      return json.truth(truth);
    }
    return value instanceof Number number ? json.number(number) : json.text((String) value);
  }

  /** As Jackson's reader types them. */
  private static @Nullable Object typed(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> members = new LinkedHashMap<>();
      map.forEach((name, member) -> members.put(name, typed(member)));
      return members;
    } else if (value instanceof List<?> list) {
      List<@Nullable Object> elements = new ArrayList<>();
      list.forEach(element -> elements.add(typed(element)));
      return elements;
    }
    return value instanceof Number number
        ? new BigDecimal(number.toString()).stripTrailingZeros()
        : value;
  }

  @Property(tries = 300)
  void forLines_anyValue_isReadBackAndIsOneLineWithoutControls(@ForAll("values") Object value) {
    String json = write(JsonWriter.forLines(), value).toString();
    assertThat(json.chars().noneMatch(Character::isISOControl)).isTrue();
    assertThat(typed(JACKSON.readValue(json, Object.class))).isEqualTo(typed(value));
  }

  @Property(tries = 300)
  void forScripts_anyValue_isReadBackAndCannotEndTheElement(@ForAll("values") Object value) {
    String json = write(JsonWriter.forScripts(), value).toString();
    assertThat(json).matches("[ -~]*").doesNotContain("<", ">", "&", "'");
    assertThat(typed(JACKSON.readValue(json, Object.class))).isEqualTo(typed(value));
  }

  /** Apart from what Jackson leaves to the terminal, and from half characters. */
  @Property(tries = 300)
  void forLines_anyValue_isTheTextThatJacksonWrites(@ForAll("values") Object value) {
    String jackson = JACKSON.writeValueAsString(value);
    Matcher active = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]").matcher(jackson);
    String escaped = active.replaceAll(found -> Matcher.quoteReplacement(escape(found.group())));
    assertThat(write(JsonWriter.forLines(), value)).hasToString(escaped);
  }

  private static String escape(String character) {
    return character
        .chars()
        .mapToObj(c -> String.format(Locale.ROOT, "\\u%04x", c))
        .collect(Collectors.joining());
  }

  /** What a row has may be of any writer. */
  @Property(tries = 300)
  void json_ofAnotherWriter_meansTheSame(@ForAll("values") Object value) {
    String pretty = JACKSON.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    for (JsonWriter writer : List.of(JsonWriter.forLines(), JsonWriter.forScripts())) {
      String json = writer.begin('[').number(1).json(pretty).end(']').toString();
      assertThat(json.chars().noneMatch(Character::isISOControl)).isTrue();
      Object elements = JACKSON.readValue(json, Object.class);
      assertThat(typed(((List<?>) elements).get(1))).isEqualTo(typed(value));
    }
  }

  @Test
  void text_endOfTheElement_isEscaped() {
    assertThat(JsonWriter.forScripts().text("</script><!--\u2028"))
        .hasToString("\"\\u003c/script\\u003e\\u003c!--\\u2028\"");
  }

  @Test
  void text_loneSurrogate_isEscaped() {
    assertThat(JsonWriter.forLines().text("x\ud83dy")).hasToString("\"x\\ud83dy\"");
    assertThat(JsonWriter.forLines().text("\ude00")).hasToString("\"\\ude00\"");
  }

  @Test
  void values_nested_areSeparated() {
    JsonWriter json = JsonWriter.forLines().begin('{').name("a").begin('[').number(1).text(null);
    json.end(']').name("b").begin('[').end(']').name("c").begin('[').begin('[').end(']');
    json.number(-2).truth(true).end(']').end('}');
    assertThat(json).hasToString("{\"a\":[1,null],\"b\":[],\"c\":[[],-2,true]}");
    assertThat(json.length()).isEqualTo(json.toString().length());
  }

  @Test
  void number_thatJsonLacks_isRefused() {
    for (Number number : new Number[] {Double.NaN, Double.POSITIVE_INFINITY, Float.NaN}) {
      assertThatThrownBy(() -> JsonWriter.forLines().number(number))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("JSON has no number " + number);
    }
    assertThat(JsonWriter.forLines().number(new BigInteger("9".repeat(400))).length())
        .isEqualTo(400);
    assertThat(JsonWriter.forLines().number(null)).hasToString("null");
  }
}
