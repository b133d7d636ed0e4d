package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.Settings;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Binding rows whose arguments no registration has written. */
@Timeout(20)
class BindTest {
  private final Codec codec = Codec.create(Settings.defaults());

  private Codec.Invocation bind(String method, String json) {
    var declared =
        Arrays.stream(Functions.class.getDeclaredMethods())
            .filter(m -> m.getName().equals(method))
            .findFirst()
            .orElseThrow();
    String reference = Functions.class.getName() + "#" + method + Members.descriptor(declared);
    return codec.resolve(dev.lastly.model.FunctionReference.parse(reference), null, "").bind(json);
  }

  private void assertRefused(String method, String json, String... words) {
    assertThatThrownBy(() -> bind(method, json))
        .as(method + json)
        .isInstanceOf(ArgumentsException.class)
        .message()
        .contains(words);
  }

  @Test
  void bind_wrongCount_refused() {
    assertRefused("text", "[]", "1 parameters", "only 0");
    assertRefused("text", "[\"a\",\"b\"]", "more of them");
    assertRefused("text", "[\"a\"] []", "something follows");
    assertRefused("text", "[\"a\"", "1 parameters");
    assertRefused("text", "", "not a JSON array");
    assertRefused("text", "{}", "not a JSON array");
    assertRefused("text", "\"a\"", "not a JSON array");
  }

  @Test
  void bind_numberBeyondItsType_isRefusedAndNotReadAsInfinity() {
    assertRefused("real", "[1e400]", "argument 1", "too large");
    assertRefused("any", "[1e400]", "argument 1", "too large");
    assertRefused("any", "[{\"a\":[-1e400]}]", "argument 1", "too large");
  }

  @Test
  void bind_wrongType_refused() {
    for (String value : List.of("1", "true", "1.5", "{}", "[]")) {
      assertRefused("text", "[" + value + "]", "argument 1", "java.lang.String");
      assertRefused("path", "[" + value + "]", "argument 1", "java.nio.file.Path");
    }
    for (String value :
        List.of("\"1\"", "1.0", "1.5", "true", "null", "2147483648", "\"\"", "[1]")) {
      assertRefused("number", "[" + value + "]", "argument 1", "int");
    }
    for (String value : List.of("\"true\"", "1", "0", "null", "\"\"")) {
      assertRefused("flag", "[" + value + "]", "argument 1");
    }
    for (String value : List.of("\"1\"", "true", "null", "\"\"")) {
      assertRefused("real", "[" + value + "]", "argument 1");
    }
    for (String value : List.of("0", "\"red\"", "\"\"", "\"BLUE\"")) {
      assertRefused("colour", "[" + value + "]", "argument 1");
    }
    assertRefused("decimal", "[\"1\"]", "expected a number");
    assertRefused("integer", "[\"1\"]", "argument 1");
    assertRefused("integer", "[1.0]", "argument 1");
  }

  @Test
  void bind_hugeNumber_refusedQuickly() {
    long start = System.nanoTime();
    for (String number : List.of("1e1000000000", "1e-1000000000", "9".repeat(100_000))) {
      for (String method : List.of("decimal", "integer", "wide", "number")) {
        assertRefused(method, "[" + number + "]", "argument 1");
      }
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void bind_exponentAtTheLimit_isReadAndBeyondItIsRefused() throws Throwable {
    assertThat(bind("decimal", "[1e-10000]").call()).isEqualTo(new BigDecimal("1e-10000"));
    assertRefused("decimal", "[1e-10001]", "the exponent is too large");
    assertRefused("path", "[5]", "expected a text");
  }

  @Test
  void bind_unknownDuplicateOrMissingProperty_refused() {
    assertThat(bind("tree", "[{\"name\":\"a\",\"children\":[]}]").arguments()).hasSize(1);
    assertRefused("tree", "[{\"name\":\"a\",\"children\":[],\"more\":1}]", "more");
    assertRefused("tree", "[{\"name\":\"a\",\"name\":\"b\",\"children\":[]}]", "uplicate");
    assertRefused("any", "[{\"name\":\"a\",\"name\":\"b\"}]", "uplicate");
    assertRefused("tree", "[{\"name\":\"a\"}]", "children");
  }

  @Test
  void bind_deepNesting_refused() {
    assertRefused("any", "[".repeat(100_000), "argument 1", "depth");
    assertRefused("lists", "[".repeat(500) + "]".repeat(500), "argument 1");
    assertRefused("tree", "[" + "{\"children\":[".repeat(1000), "argument 1", "depth");
  }

  @Test
  void bind_tooLong_refusedUnread() {
    String json = "[\"" + "x".repeat(EncodedCall.MAX_ARGUMENTS_LENGTH) + "\"]";
    assertRefused("text", json, "characters");
  }

  @Test
  void bind_typeNames_areOnlyData() throws Throwable {
    int before = Functions.initialised;
    String gadget = "dev.lastly.internal.codec.Functions$Initialising";
    assertRefused("typed", "[{\"@class\":\"" + gadget + "\",\"value\":1}]", "@class");
    assertRefused("typed", "[[\"" + gadget + "\",{\"value\":1}]]", "argument 1");
    assertRefused("type", "[\"" + gadget + "\"]", "a class is not data");
    Object value = bind("any", "[{\"@class\":\"" + gadget + "\"}]").call();
    assertThat(value).isInstanceOf(java.util.Map.class);
    value = bind("any", "[[\"" + gadget + "\",{}]]").call();
    assertThat(value).isInstanceOf(List.class);
    assertThat(Functions.initialised).isEqualTo(before);
  }

  @Test
  void arguments_decoded_listIsUnmodifiableAndHoldsNull() {
    List<?> arguments = bind("text", "[null]").arguments();
    assertThat(arguments).containsOnlyNulls();
    assertThatThrownBy(() -> arguments.remove(0)).isInstanceOf(UnsupportedOperationException.class);
  }
}
