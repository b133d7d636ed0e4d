package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.text.LookedUpSecrets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Texts from user code are shortened, never lost, and never cause a failure. */
final class BoundedTest {
  private static final int MAX = Bounded.MAX_OUTPUT;

  private static StackTraceElement frame(String type) {
    return new StackTraceElement(type, "run", "File.java", 1);
  }

  /** An exception whose methods all throw. */
  private static final class Silent extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no message today");
    }
  }

  private record Failing(Throwable failure) {
    @Override
    public String toString() {
      return BoundedTest.<RuntimeException>thrown(failure);
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> String thrown(Throwable failure) throws T {
    throw (T) failure;
  }

  @Test
  void error_none_isNull() {
    assertThat(Bounded.error(null)).isNull();
  }

  /** What follows a change of white space has no place in which the value still stands. */
  @Test
  void secretWithWhiteSpace_isHiddenBeforeThatIsChanged() {
    String key = "-----BEGIN KEY-----\nMIIEvQ\n-----END KEY-----";
    for (String value : List.of(key, "pass  word", "windows\r", "tab\tbed")) {
      Throwable failure = new IllegalStateException("refused: " + value);
      failure.setStackTrace(new StackTraceElement[] {frame("dev.lastly.internal.codec.Target")});
      List<String> texts =
          LookedUpSecrets.during(
              () -> {
                LookedUpSecrets.add(value, "SECRET");
                return List.of(
                    String.valueOf(Bounded.error(failure)),
                    Bounded.error("it failed", failure),
                    Bounded.line(failure),
                    Bounded.line("it says " + value));
              });
      assertThat(texts).allSatisfy(text -> assertThat(text).endsWith("SECRET"));
    }
  }

  @Test
  void error_stackTrace_keepsTheUsersFramesAndDropsOurs() {
    Throwable cause = new IllegalArgumentException("why");
    cause.setStackTrace(new StackTraceElement[] {frame("com.acme.Cause"), frame("java.Thread")});
    Throwable failure = new IllegalStateException("what", cause);
    failure.setStackTrace(
        new StackTraceElement[] {
          frame("com.acme.Job"),
          frame("dev.lastly.internal.codec.Target"),
          frame("java.Thread"),
          frame("java.Thread")
        });
    assertThat(Bounded.error(failure))
        .isEqualTo(
            """
            java.lang.IllegalStateException: what
            \tat com.acme.Job.run(File.java:1)
            Caused by: java.lang.IllegalArgumentException: why
            \tat com.acme.Cause.run(File.java:1)
            \t... 1 more\
            """);
  }

  @Test
  void error_ofLastlyItself_keepsAtLeastTheMessage() {
    Throwable failure = new IllegalStateException("ours");
    failure.setStackTrace(new StackTraceElement[] {frame("dev.lastly.internal.engine.Runner")});
    assertThat(Bounded.error(failure)).isEqualTo("java.lang.IllegalStateException: ours");
  }

  @Test
  void error_getMessageThrows_isTheNameOfItsClass() {
    assertThat(Bounded.error(new Silent())).isEqualTo(Silent.class.getName());
  }

  @Test
  void error_long_isCutAndSaysHowLongItWas() {
    Throwable failure = new IllegalStateException("x".repeat(5000));
    failure.setStackTrace(new StackTraceElement[0]);
    String expected = "java.lang.IllegalStateException: " + "x".repeat(5000);
    assertThat(Bounded.error(failure))
        .hasSize(Bounded.MAX_ERROR)
        .startsWith(expected.substring(0, 4000))
        .endsWith("x … (" + expected.length() + " characters)");
  }

  @Test
  void line_message_isOneLine() {
    assertThat(Bounded.line(new IllegalStateException("a\n\t b"))).isEqualTo("a b");
    assertThat(Bounded.line(new IllegalStateException((String) null)))
        .isEqualTo("java.lang.IllegalStateException");
    assertThat(Bounded.line(new IllegalStateException("y".repeat(501)))).hasSize(500);
  }

  @Test
  void output_value_isItsText() {
    assertThat(Bounded.output(null)).isNull();
    assertThat(Bounded.output(5)).isEqualTo("5");
  }

  @Test
  void output_nul_isReplaced() {
    assertThat(Bounded.output("a\0b\0")).isEqualTo("a\uFFFDb\uFFFD");
    assertThat(Bounded.output("\0")).isEqualTo("\uFFFD");
  }

  @Test
  void output_atTheLimit_isWhole_beyondIt_isCut() {
    assertThat(Bounded.output("z".repeat(MAX))).isEqualTo("z".repeat(MAX));
    String mark = " … (4097 characters)";
    assertThat(Bounded.output("z".repeat(MAX + 1)))
        .isEqualTo("z".repeat(MAX - mark.length()) + mark);
  }

  @Test
  void output_cutWithinASurrogatePair_dropsTheWholePair() {
    String mark = " … (4097 characters)";
    int end = MAX - mark.length();
    String text = "z".repeat(end - 1) + "😀" + "z".repeat(mark.length());
    assertThat(text).hasSize(MAX + 1);
    assertThat(Bounded.output(text)).isEqualTo("z".repeat(end - 1) + mark);
  }

  @Test
  void output_toStringThrows_saysSo() {
    for (Throwable failure :
        new Throwable[] {new IllegalStateException(), new StackOverflowError()}) {
      assertThat(Bounded.output(new Failing(failure)))
          .isEqualTo("(toString() of %s failed: %s)", Failing.class.getName(), failure.getClass());
    }
  }
}
