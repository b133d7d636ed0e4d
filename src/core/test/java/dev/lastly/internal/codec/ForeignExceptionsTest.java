package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.Action;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.Settings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** User classes that throw while they are written, read or compared. */
@SuppressWarnings({
  "serial",
  "StaticAssignmentOfThrowable"
}) // what the class below is told to throw
final class ForeignExceptionsTest {
  private static @Nullable Throwable whenWritten;
  private static @Nullable Throwable whenRead;
  private static @Nullable Throwable whenCompared;

  @BeforeEach
  void behave() {
    whenWritten = null;
    whenRead = null;
    whenCompared = null;
  }

  /** Throws what a test says. */
  public static final class Moody {
    public int getValue() {
      throwIfAny(whenWritten);
      return 1;
    }

    public void setValue(int value) {
      throwIfAny(whenRead);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      throwIfAny(whenCompared);
      return other instanceof Moody;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void throwIfAny(@Nullable Throwable failure) throws T {
    if (failure != null) {
      throw (T) failure;
    }
  }

  static void use(Moody moody) {
    assertThat(moody).isNotNull();
  }

  private static void encode() {
    assertThat(
            Codec.encode((Action.Of1<Moody>) ForeignExceptionsTest::use, List.of(new Moody()))
                .arguments())
        .isEqualTo("[{\"value\":1}]");
  }

  @Test
  void encode_userClassThrows_isRefusedWithWhatItThrew() {
    encode();
    whenWritten = new IllegalStateException("cannot be written today");
    assertThatThrownBy(ForeignExceptionsTest::encode)
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("cannot be written today");
    behave();
    whenRead = new IllegalStateException("cannot be read today");
    assertThatThrownBy(ForeignExceptionsTest::encode)
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("could not be read back", "cannot be read today");
    behave();
    whenCompared = new AssertionError("cannot be compared today");
    assertThatThrownBy(ForeignExceptionsTest::encode)
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("its equals method failed", "cannot be compared today");
  }

  @Test
  void encode_stackOverflowOfUserClass_isRefused() {
    whenWritten = new StackOverflowError("as of a cycle");
    assertThatThrownBy(ForeignExceptionsTest::encode).isInstanceOf(FunctionRefusedException.class);
    behave();
    whenCompared = new StackOverflowError("as of a cycle");
    assertThatThrownBy(ForeignExceptionsTest::encode).isInstanceOf(FunctionRefusedException.class);
  }

  @Test
  void encode_outOfMemory_isNoFaultOfTheArgument() {
    OutOfMemoryError full = new OutOfMemoryError("on purpose");
    whenWritten = full;
    assertThatThrownBy(ForeignExceptionsTest::encode).isSameAs(full);
    behave();
    whenRead = full;
    assertThatThrownBy(ForeignExceptionsTest::encode).isSameAs(full);
    behave();
    whenCompared = full;
    assertThatThrownBy(ForeignExceptionsTest::encode).isSameAs(full);
  }

  @Test
  void bind_userClassThrows_argumentsExceptionSaysWhat() {
    var call = Codec.encode((Action.Of1<Moody>) ForeignExceptionsTest::use, List.of(new Moody()));
    var function = Codec.create(Settings.defaults()).resolve(call.function(), null, call.name());
    whenRead = new IllegalStateException("cannot be read today");
    assertThatThrownBy(() -> function.bind(call.arguments()))
        .isInstanceOf(ArgumentsException.class)
        .hasMessageContainingAll("argument 1", "ForeignExceptionsTest#use", "cannot be read today");
  }

  @Test
  void shorten_longText_isCut() {
    assertThat(ForeignExceptions.shorten("x".repeat(500))).isEqualTo("x".repeat(500));
    assertThat(ForeignExceptions.shorten("x".repeat(501))).isEqualTo("x".repeat(500) + "…");
    assertThat(ForeignExceptions.text(new IllegalStateException("why")))
        .isEqualTo("java.lang.IllegalStateException: why");
  }
}
