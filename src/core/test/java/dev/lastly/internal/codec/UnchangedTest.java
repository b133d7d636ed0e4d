package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.ArgumentsException;
import dev.lastly.model.Settings;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rows that another release wrote, which can be read and yet say something else. */
@SuppressWarnings({"UnusedVariable", "UnusedMethod"}) // found by reflection
class UnchangedTest {
  record Share(float part) {}

  record Price(BigDecimal amount) {}

  record Rounded(int number) {
    Rounded {
      number = number / 10 * 10;
    }
  }

  record Names(HashSet<String> names, Map<String, Rounded> byName) {}

  interface Closer<T> {
    default void close(T thing) {}
  }

  record Floats() implements Closer<Float> {}

  static void share(Share share) {}

  static void price(Price price) {}

  static void rounded(Rounded rounded) {}

  static void names(Names names) {}

  static void plain(double number, String text) {}

  private static Codec.Invocation bind(String method, String parameter, String json) {
    String descriptor = parameter.replace("@", "Ldev/lastly/internal/codec/UnchangedTest$");
    return Codec.create(Settings.defaults())
        .resolve(
            UnchangedTest.class.getName() + "#" + method + "(" + descriptor + ")V", null, "name")
        .bind(json);
  }

  private static void assertChanged(String method, String parameter, String json) {
    assertThatThrownBy(() -> bind(method, parameter, json).requireUnchanged())
        .isInstanceOf(ArgumentsException.class)
        .hasMessageContaining("they come back different")
        .hasMessageContaining(json);
  }

  private static void assertUnchanged(String method, String parameter, String json) {
    assertThatCode(() -> bind(method, parameter, json).requireUnchanged())
        .doesNotThrowAnyException();
  }

  @Test
  void requireUnchanged_doubleThatHasBecomeAFloat_isRefusedIfItLosesADigit() {
    assertUnchanged("share", "@Share;", "[{\"part\":0.25}]");
    assertChanged("share", "@Share;", "[{\"part\":0.123456789}]");
  }

  @Test
  void requireUnchanged_typeArgumentThatHasChanged_isRefusedIfItLosesADigit() {
    Codec codec = Codec.create(Settings.defaults());
    Codec.ResolvedFunction close =
        codec.resolve(Floats.class.getName() + "#close(Ljava/lang/Object;)V", null, "name");
    assertThatCode(() -> close.bind("[{},0.25]").requireUnchanged()).doesNotThrowAnyException();
    assertThatThrownBy(() -> close.bind("[{},0.123456789]").requireUnchanged())
        .isInstanceOf(ArgumentsException.class)
        .hasMessageContaining("they come back different");
  }

  @Test
  void requireUnchanged_constructorThatRounds_isRefusedForWhatItChanges() {
    assertUnchanged("rounded", "@Rounded;", "[{\"number\":20}]");
    assertChanged("rounded", "@Rounded;", "[{\"number\":17}]");
    assertChanged("names", "@Names;", "[{\"names\":[],\"byName\":{\"a\":{\"number\":17}}}]");
  }

  @Test
  void requireUnchanged_decimalsKeepEachDigit() {
    assertUnchanged("price", "@Price;", "[{\"amount\":1.10}]");
    assertUnchanged("price", "@Price;", "[{\"amount\":12345678901234567890.123456789}]");
  }

  @Test
  void requireUnchanged_hashSetInAnotherOrder_isTheSame() {
    assertUnchanged("names", "@Names;", "[{\"names\":[\"zebra\",\"a\",\"Q\"],\"byName\":{}}]");
    assertUnchanged("names", "@Names;", "[{\"byName\":{},\"names\":[\"b\",\"a\"]}]");
  }

  @Test
  void requireUnchanged_typesThatTheDescriptorNames_areNotWrittenAgain() {
    assertUnchanged("plain", "DLjava/lang/String;", "[1.5, \"x\"]");
  }

  @Test
  void of_saysApartWhatIsNotTheSame() {
    assertThat(CanonicalJson.of("[1,[2,3],{\"a\":1,\"b\":[true,null]}]"))
        .isEqualTo(CanonicalJson.of("[{\"b\":[null,true],\"a\":1},1,[3,2]]"))
        .isNotEqualTo(CanonicalJson.of("[1,[2],3,{\"a\":1,\"b\":[true,null]}]"))
        .isNotEqualTo(CanonicalJson.of("[1,[2,3],{\"a\":\"1\",\"b\":[true,null]}]"));
    assertThat(CanonicalJson.of("[\"a, b\"]")).isNotEqualTo(CanonicalJson.of("[\"a\",\"b\"]"));
  }
}
