package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.Precondition;
import dev.lastly.model.Settings;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@SuppressWarnings({"serial", "UnusedMethod", "UnusedVariable"}) // called by name
class PreconditionTest {
  @Precondition("requireEven")
  public static int half(int number) {
    return number / 2;
  }

  private static void requireEven(int number) throws IOException {
    if (number < 0) {
      throw new IOException("checked exceptions refuse, too: " + number);
    }
    if (number == 0) {
      throw new UnresolvableFunctionException("zero is for another process");
    }
    if (number % 2 != 0) {
      throw new IllegalArgumentException(number + " is odd");
    }
  }

  public record Lease(String holder) {
    @Precondition("requireHolder")
    public void release(@Nullable String reason) {}

    private static void requireHolder(Lease lease, @Nullable String reason) {
      if (lease.holder().isEmpty() || reason == null) {
        throw new IllegalArgumentException("a lease has a holder, and an end has a reason");
      }
    }
  }

  @Precondition("requireEven") // takes an int
  public static void misnamed(long number) {}

  @Precondition("requireTwo")
  public static void instanceHook(String text) {}

  void requireTwo(String text) {}

  private static EncodedCall encode(Action action, @Nullable Object... arguments) {
    return Codec.encode(action, Arrays.asList(arguments));
  }

  private static Codec.Invocation bind(String method, String argumentsJson) {
    return Codec.create(Settings.defaults())
        .resolve(PreconditionTest.class.getName() + "#" + method, null, "x")
        .bind(argumentsJson);
  }

  @Test
  void encode_preconditionHolds_isAccepted() {
    assertThat(encode((Action.Of1<Integer>) PreconditionTest::half, 4).arguments())
        .isEqualTo("[4]");
  }

  @Test
  void encode_preconditionThrows_isRefusedWithItsMessage() {
    assertThatThrownBy(() -> encode((Action.Of1<Integer>) PreconditionTest::half, 3))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("PreconditionTest::half refused its arguments")
        .hasMessageContaining("3 is odd");
    assertThatThrownBy(() -> encode((Action.Of1<Integer>) PreconditionTest::half, -1))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("checked exceptions refuse, too");
  }

  @Test
  void encode_notInThisProcess_isAccepted() {
    assertThat(encode((Action.Of1<Integer>) PreconditionTest::half, 0).arguments())
        .isEqualTo("[0]");
  }

  @Test
  void encode_instanceMethod_preconditionGetsTheReceiver() {
    assertThatCode(() -> encode((Action.Of2<Lease, String>) Lease::release, new Lease("a"), "b"))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> encode((Action.Of2<Lease, String>) Lease::release, new Lease(""), "b"))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("a lease has a holder");
    assertThatThrownBy(
            () -> encode((Action.Of2<Lease, String>) Lease::release, new Lease("a"), null))
        .isInstanceOf(FunctionRefusedException.class);
  }

  @Test
  void encode_lambdaAroundTheFunction_isNotAsked() {
    // The lambda is another function, which may handle what the inner one refuses.
    assertThatCode(() -> encode((Action.Of0) () -> half(3))).doesNotThrowAnyException();
  }

  @Test
  void encode_preconditionIsNotThere_isRefusedByName() {
    assertThatThrownBy(() -> encode((Action.Of1<Long>) PreconditionTest::misnamed, 3L))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("precondition 'requireEven'")
        .hasMessageContaining("[long]");
    assertThatThrownBy(() -> encode((Action.Of1<String>) PreconditionTest::instanceHook, "x"))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("no static method");
  }

  @Test
  void requirePossible_boundRow_asksThePrecondition() {
    assertThatCode(() -> bind("half(I)I", "[4]").requirePossible()).doesNotThrowAnyException();
    assertThatThrownBy(() -> bind("half(I)I", "[0]").requirePossible())
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessage("zero is for another process");
    assertThatThrownBy(() -> bind("half(I)I", "[3]").requirePossible())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void requireSpelled_inUtf8_acceptsWhatJsonCanHold() {
    assertThatCode(
            () ->
                List.of("[\"ascii\"]", "[\"\u00fc\"]", "[\"\\u00fc\"]", "[\"\\ud800\"]")
                    .forEach(Codec::requireSpelled))
        .doesNotThrowAnyException();
  }
}
