package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Every accepted argument comes back unchanged from its JSON, also through UTF-8. */
@SuppressWarnings("NullAway") // nulls are arguments like others
class RoundTripPropertyTest {
  private static <A> Object back(Action.Of1<A> action, A argument) {
    Codec.CapturedCall made = Codec.register(action, java.util.Collections.singletonList(argument));
    String json = made.call().arguments();
    String stored = new String(json.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    assertThat(stored).isEqualTo(json);
    try {
      return made.function().bind(stored).call();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Provide
  Arbitrary<String> units() {
    return Arbitraries.strings()
        .withChars('\u0000', '"', '\\', 'a', '\ud800', '\udbff', '\udc00', '\udfff', '\u2028')
        .withCharRange(Character.MIN_VALUE, Character.MAX_VALUE)
        .ofMaxLength(60);
  }

  @Property(tries = 500)
  void strings_anyUtf16_comeBackExactly(@ForAll("units") String text) {
    assertThat(back(Functions::text, text)).isEqualTo(text);
  }

  @Property(tries = 300)
  void paths_anyText_comeBackExactlyOrAreRefused(@ForAll("units") String text) {
    Path path;
    try {
      path = Path.of(text);
    } catch (InvalidPathException e) {
      return;
    }
    try {
      assertThat(back(Functions::path, path)).isEqualTo(path);
    } catch (FunctionRefusedException e) {
      assertThat(path.toString()).isNotEqualTo(text);
    }
  }

  @Property(tries = 200)
  void lists_nested_comeBackEqual(@ForAll List<List<Integer>> lists) {
    assertThat(back(Functions::lists, lists)).isEqualTo(lists);
  }

  @Property(tries = 300)
  void numbers_any_comeBackExactly(
      @ForAll long whole, @ForAll double real, @ForAll BigDecimal decimal) {
    assertThat(back(Functions::wide, whole)).isEqualTo(whole);
    assertThat(back(Functions::real, real)).isEqualTo(real);
    assertThat(back(Functions::decimal, decimal)).isEqualTo(decimal);
  }

  @Property(tries = 200)
  void records_withArrays_comeBackEqual(
      @ForAll("units") String word, @ForAll byte[] input, @ForAll long nanos) {
    Functions.Command command =
        new Functions.Command(
            List.of(word), input, Path.of("d"), Optional.of(Duration.ofNanos(nanos)));
    Functions.Command got = (Functions.Command) back(Functions::command, command);
    assertThat(got.words()).isEqualTo(command.words());
    assertThat(got.input()).isEqualTo(input);
    assertThat(got.limit()).isEqualTo(command.limit());
  }

  /** Which of the two ways wrote a row must not show in it. */
  @Property(tries = 500)
  void plainArguments_any_areWrittenAsAllOthersAre(
      @ForAll("units") String text,
      @ForAll int number,
      @ForAll Long large,
      @ForAll byte small,
      @ForAll boolean truth) {
    List<Type> types =
        List.of(String.class, int.class, Long.class, Byte.class, boolean.class, Path.class);
    Parameters parameters = Parameters.of("f", types);
    List<Object> arguments =
        List.of(text, number, large, small, truth, Path.of("a " + number, "\u00fc"));
    String json = PlainArguments.json(parameters, arguments);
    assertThat(json).isNotNull().isEqualTo(parameters.write(arguments));
    assertThat(parameters.read(json)).containsExactlyElementsOf(arguments);
  }
}
