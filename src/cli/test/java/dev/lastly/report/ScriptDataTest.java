package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The JSON that {@link Json} writes. */
class ScriptDataTest {
  private static final JsonMapper JACKSON = JsonMapper.builder().build();

  @Property(tries = 500)
  void string_anyString_isReadBackAndCannotEndTheElement(@ForAll String value) {
    String json = new Json().begin('[').string(value).end(']').toString();
    assertThat(json).matches("[ -~]*").doesNotContain("<", ">", "&", "'");
    assertThat(JACKSON.readTree(json).get(0).asString()).isEqualTo(value);
  }

  @Test
  void string_endOfTheElement_isEscaped() {
    assertThat(new Json().string("</script><!--").toString())
        .isEqualTo("\"\\u003c/script\\u003e\\u003c!--\"");
  }

  @Test
  void values_nested_areSeparated() {
    Json json = new Json().begin('{').name("a").begin('[').number(1).nothing().end(']');
    json.name("b").begin('[').end(']').name("c").begin('[').begin('[').end(']').number(-2);
    assertThat(json.end(']').end('}').toString())
        .isEqualTo("{\"a\":[1,null],\"b\":[],\"c\":[[],-2]}");
  }
}
