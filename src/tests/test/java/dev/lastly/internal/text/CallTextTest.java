package dev.lastly.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CallTextTest {
  private static final String RUN =
      "dev.lastly.cleanup.Commands#run(Ldev/lastly/cleanup/Command;)Ldev/lastly/cleanup/CommandOutput;";
  private static final String RUN_AFTER = "dev.lastly.cleanup.Commands#runAfter(Ldev/x;)V";

  private static String command(String... jsonWords) {
    return "[{\"arguments\":[%s],\"environment\":{\"arguments\":\"no\"},\"directory\":null}]"
        .formatted(String.join(",", jsonWords));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"docker\",\"rm\",\"-f\",\"x-1\" | docker rm -f x-1",
        "\"rm\",\"a b\",\"\" | rm 'a b' ''",
        "\"echo\",\"it's\" | echo 'it'\\''s'",
        "\"echo\",\"$HOME;*\" | echo '$HOME;*'",
        "\"echo\",\"a\\nb\\u001b[2J\" | echo $'a\\nb\\u001b[2J'",
        "\"echo\",\"\\\\\\u202e'\" | echo $'\\\\\\u202e\\''",
        "\"echo\",\"a,]}\\\"[\",\"é\" | echo 'a,]}\"[' 'é'",
      })
  void command_wordsOfACommand_areQuotedAsByAShell(String words, String shown) {
    assertThat(CallText.command(RUN, command(words))).isEqualTo(shown);
    String after = "[{\"leader\":{\"pid\":1}},\"PT5S\"," + command(words).substring(1);
    assertThat(CallText.command(RUN_AFTER, after)).isEqualTo(shown);
    assertThat(CallText.summary("Commands::runAfter", RUN_AFTER, after)).isEqualTo(shown);
  }

  @Test
  void command_long_isBounded() {
    String line = CallText.command(RUN, command("\"" + "x".repeat(10_000) + "\""));
    assertThat(line).hasSizeLessThan(550).endsWith("(9500 more)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[\"/scratch/x\"] | f(/scratch/x)",
        "[] | f()",
        "[1, null,\"a b\",{\"k\":[1,2]}] | f(1, null, 'a b', {\"k\":[1,2]})",
        "[[\"\\u0007\"]] | f([\"\\u0007\"])",
        "not json | f()",
      })
  void summary_otherFunctions_nameAndArguments(String arguments, String shown) {
    String summary = CallText.summary("f", "a.B#f(Ljava/lang/String;)V", arguments);
    assertThat(summary).isEqualTo(shown);
    assertThat(CallText.command("a.B#run(Ldev/x;)V", arguments)).isNull();
  }

  @Test
  void command_rowOfAnotherForm_isNone() {
    for (String arguments : new String[] {"", "[]", "[1]", "{}", "[{\"arguments\":1}]", "[{}]"}) {
      assertThat(CallText.summary("n", RUN, arguments)).isNotNull();
    }
    assertThat(CallText.command(RUN, "[{}]")).isNull();
    assertThat(CallText.summary("Commands::run", RUN, "[{}]")).isEqualTo("Commands::run({})");
  }

  @Property
  void summary_anyText_neverFailsAndHidesNothing(@ForAll String arguments) {
    for (String json : new String[] {arguments, "[" + arguments + "]", "[\"" + arguments + "\"]"}) {
      String summary = CallText.summary("f", "a.B#f()V", json);
      assertThat(summary.codePoints())
          .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
      assertThat(CallText.summary("f", RUN, command(json))).hasSizeLessThan(1_000);
    }
  }
}
