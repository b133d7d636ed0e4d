package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import java.io.File;
import java.math.BigDecimal;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings({"serial", "NullAway"}) // private methods and nulls are deferred on purpose
class EncodeTest {
  private static Object roundTrip(Action action, Object... arguments) throws Throwable {
    Codec.CapturedCall made = Codec.register(action, Arrays.asList(arguments));
    return made.function().bind(made.call().arguments()).call();
  }

  private static <A> Object one(Action.Of1<A> action, A argument) throws Throwable {
    return roundTrip(action, argument);
  }

  private static <A> void assertRefused(Action.Of1<A> action, A argument, String... words) {
    assertThatThrownBy(() -> one(action, argument))
        .isInstanceOf(FunctionRefusedException.class)
        .message()
        .contains(words);
  }

  @Test
  void encode_staticMethod_rowSaysWhatIsCalled() {
    EncodedCall call =
        Codec.encode((Action.Of1<Path>) Functions::path, List.of(Path.of("/tmp/a b")));
    assertThat(call.name()).isEqualTo("Functions::path");
    assertThat(call.function().toString())
        .isEqualTo(
            "dev.lastly.internal.codec.Functions#path(Ljava/nio/file/Path;)Ljava/nio/file/Path;");
    assertThat(call.classDigest()).isNull();
    assertThat(call.module()).matches(".*/test-classes#[0-9a-f]{16}");
    assertThat(call.arguments()).isEqualTo("[\"/tmp/a b\"]");
  }

  @Test
  void encode_everyKindOfReference_runsAndReturnsItsValue() throws Throwable {
    Functions.Command command =
        new Functions.Command(List.of("rm", "x"), new byte[] {1}, Path.of("d"), Optional.empty());
    assertThat(roundTrip((Action.Of0) Functions::nothing)).isNull();
    assertThat(one(Functions::text, "x")).isEqualTo("x");
    assertThat(one(Functions.Command::run, command)).isEqualTo("rm x");
    assertThat(roundTrip((Action.Of0) command::run)).isEqualTo("rm x");
    assertThat(one(Functions.secretReference(), "y")).isEqualTo("secret y");
    assertThat(one(ArrayList::new, List.of(1, 2))).isEqualTo(List.of(1, 2));
    assertThat(one(Nested::hidden, "z")).isEqualTo("hidden z");
    assertThat(one(Nested::new, "z")).isEqualTo(new Nested("z"));
  }

  @Test
  void encode_lambda_keepsCapturedValuesAndClassDigest() throws Throwable {
    String captured = "c";
    Action.Of1<String> plain = text -> assertThat(text).isEqualTo("t");
    Action.Of1<String> capturing =
        text -> {
          if (!(captured + text).equals("ct")) {
            throw new IllegalStateException(text);
          }
        };
    assertThat(Codec.encode(capturing, List.of("t")).arguments()).isEqualTo("[\"c\",\"t\"]");
    EncodedCall call = Codec.encode(plain, List.of("t"));
    assertThat(call.name()).isEqualTo("EncodeTest::lambda");
    assertThat(call.classDigest()).matches("[0-9a-f]{64}");
    assertThat(one(capturing, "t")).isNull();
  }

  @Test
  void encode_nestedAndNamed_nameIsReadable() {
    assertThat(Codec.encode((Action.Of1<String>) Nested::hidden, List.of("")).name())
        .isEqualTo("EncodeTest.Nested::hidden");
    assertThat(Codec.encode((Action.Of1<String>) Nested::new, List.of("")).name())
        .isEqualTo("EncodeTest.Nested::new");
    assertThat(Codec.encode((Action.Of1<String>) Functions::named, List.of("")).name())
        .isEqualTo("tidy.up-1");
  }

  @Test
  void encode_illNamed_refused() {
    assertThatThrownBy(() -> Codec.encode((Action.Of0) Functions::illNamed, List.of()))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("not a name", "1 to 100");
  }

  @Test
  void encode_jdkMethod_moduleIsJrt() {
    EncodedCall call =
        Codec.encode((Action.Of1<Path>) Files::deleteIfExists, List.of(Path.of("x")));
    assertThat(call.module()).startsWith("jrt:/java.base#" + Runtime.version().feature());
  }

  @Test
  void encode_inheritedMethod_receiverKeepsItsClass() throws Throwable {
    Functions.Sub sub = new Functions.Sub();
    sub.value = 7;
    assertThat(roundTrip((Action.Of0) sub::inherited)).isEqualTo(7);
  }

  @Test
  void encode_plainTypes_comeBackExactly() throws Throwable {
    Path relative = Path.of("a/../b/./c d");
    assertThat(one(Functions::path, relative)).isEqualTo(relative);
    assertThat(one(Functions::path, Path.of(""))).isEqualTo(Path.of(""));
    assertThat(one(Functions::file, new File("rel/x"))).isEqualTo(new File("rel/x"));
    assertThat(one(Functions::decimal, new BigDecimal("1.500"))).isEqualTo(new BigDecimal("1.500"));
    assertThat(one(Functions::decimal, new BigDecimal("1E+30"))).isEqualTo(new BigDecimal("1E+30"));
    assertThat(one(Functions::colour, Functions.Colour.GREEN)).isEqualTo(Functions.Colour.GREEN);
    for (double d : new double[] {Double.NaN, Double.NEGATIVE_INFINITY, -0.0, Double.MIN_VALUE}) {
      assertThat(one(Functions::real, d)).isEqualTo(d);
    }
    assertThat(roundTrip((Action.Of1<Integer>) Functions::wide, 5)).isEqualTo(5L);
    assertThat(one(Functions::text, null)).isNull();
    assertThat(one(Functions::arrays, new int[][] {{1}, {}})).isEqualTo(new int[][] {{1}, {}});
    assertThat(one(Functions::generic, List.of("a"))).isEqualTo(List.of("a"));
  }

  @Test
  void encode_timesNestedGenericsRecords_comeBackEqual() throws Throwable {
    Instant instant = Instant.ofEpochSecond(1, 123456789);
    ZonedDateTime zoned = ZonedDateTime.parse("2026-10-25T02:30:00+01:00[Europe/Berlin]");
    UUID id = UUID.randomUUID();
    Action.Of4<Instant, Duration, ZonedDateTime, UUID> times = Functions::times;
    assertThat(roundTrip(times, instant, Duration.ofNanos(1), zoned, id))
        .isEqualTo(List.of(instant, Duration.ofNanos(1), zoned, id));
    Map<Path, List<Set<UUID>>> nested = Map.of(Path.of("k"), List.of(Set.of(id)));
    assertThat(one(Functions::nested, nested)).isEqualTo(nested);
    Functions.Command command =
        new Functions.Command(
            List.of("a"), new byte[] {-1, 0}, Path.of("d"), Optional.of(Duration.ofDays(1)));
    assertThat(one(Functions::command, command)).usingRecursiveComparison().isEqualTo(command);
  }

  @Test
  void encode_set_keepsItsOrder() throws Throwable {
    Set<UUID> set = new LinkedHashSet<>();
    for (int i = 0; i < 50; i++) {
      set.add(UUID.randomUUID());
    }
    Object back = one(Functions::nested, Map.of(Path.of("k"), List.of(set)));
    assertThat(((Map<?, ?>) back).values().toString()).isEqualTo(List.of(List.of(set)).toString());
  }

  @Test
  void encode_lossyArgument_refusedWithAdvice() {
    assertRefused(Functions::any, 5L, "argument 1", "java.lang.Integer", "java.lang.Long");
    assertRefused(Functions::any, Path.of("x"), "java.lang.String");
    assertRefused(
        Functions::collection, Set.of("a"), "java.util.Collection", "declare the parameter as Set");
    assertRefused(Functions::base, new Functions.Sub(), "Functions$Sub", "Functions$Base");
    assertRefused(Functions::bases, List.of(new Functions.Sub()), "in an element", "Functions$Sub");
    assertRefused(Functions::noEquals, new Functions.NoEquals(), "no equals", "use a record");
    assertRefused(Functions::forgetful, new Functions.Forgetful(3), "use a record");
    assertRefused(Functions::sorted, new TreeSet<>(String.CASE_INSENSITIVE_ORDER), "comparator");
    assertRefused(Functions::type, String.class, "a class is not data");
    assertRefused(Functions::typed, new Functions.TypedSub(), "Functions$TypedSub");
    assertThatThrownBy(() -> roundTrip((Action.Of1<Integer>) Functions::number, (Object) null))
        .hasMessageContainingAll("argument 1", "null");
  }

  @Test
  void encode_cycleOrThrowingGetter_refused() {
    Functions.Tree[] cycle = new Functions.Tree[1];
    List<Functions.Tree> children = new ArrayList<>();
    cycle[0] = new Functions.Tree("t", children);
    children.add(cycle[0]);
    assertRefused(Functions::tree, cycle[0], "argument 1", "cannot be written");
    assertRefused(Functions::node, new Functions.Node(), "cannot be written");
    assertRefused(Functions::throwing, new Functions.Throwing(), "no value today");
  }

  @Test
  void encode_pathOfOtherFileSystem_refused(@TempDir Path directory) throws Exception {
    try (FileSystem zip =
        FileSystems.newFileSystem(directory.resolve("a.zip"), Map.of("create", "true"))) {
      assertRefused(Functions::path, zip.getPath("/x"), "default file system");
    }
  }

  @Test
  void encode_tooLong_refused() {
    String tooLong = "x".repeat(EncodedCall.MAX_ARGUMENTS_LENGTH - 3);
    assertRefused(Functions::text, tooLong, "1048576", "file");
    assertThat(
            Codec.encode((Action.Of1<String>) Functions::text, List.of(tooLong.substring(1)))
                .arguments())
        .hasSize(EncodedCall.MAX_ARGUMENTS_LENGTH);
  }

  @Test
  void encode_wideGraph_refusedBeforeItFillsTheHeap() {
    Functions.Tree tree = new Functions.Tree("t", List.of());
    for (int i = 0; i < 40; i++) {
      tree = new Functions.Tree("t", List.of(tree, tree));
    }
    assertRefused(Functions::tree, tree, "1048576");
  }

  @Test
  void encode_notALambda_refused() {
    Action.Of0 anonymous =
        new Action.Of0() {
          private static final long serialVersionUID = 1L;

          @Override
          public void call() {}
        };
    assertThatThrownBy(() -> Codec.encode(anonymous, List.of()))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("EncodeTest$1", "method references");
  }

  @Test
  void encode_callerSensitiveOrWrongCount_refused() {
    assertRefused(System::loadLibrary, "x", "depends on its caller");
    assertThatThrownBy(() -> Codec.encode((Action.Of0) Functions::nothing, List.of("x")))
        .hasMessageContainingAll("takes 0 arguments", "1 were given");
  }

  @Test
  void encode_loneSurrogates_textIsCleanAndComesBack() throws Throwable {
    String text = "a\ud800b\udc00c\ud83d\ude00\u0000";
    String json = Codec.encode((Action.Of1<String>) Functions::text, List.of(text)).arguments();
    assertThat(json).contains("\\ud800", "\\udc00", "\ud83d\ude00");
    assertThat(one(Functions::text, text)).isEqualTo(text);
  }

  interface Closer<T> {
    default List<T> close(List<T> things) {
      return things;
    }

    @SuppressWarnings("TypeParameterShadowing")
    default <T> T hiding(T thing) {
      return thing;
    }
  }

  record PathCloser(int number) implements Closer<Path> {}

  @Test
  void encode_methodOfAGenericInterface_takesTheTypesOfTheClassThatImplementsIt() throws Throwable {
    PathCloser closer = new PathCloser(1);
    List<Path> paths = List.of(Path.of("a"));
    assertThat(roundTrip((Action.Of2<PathCloser, List<Path>>) PathCloser::close, closer, paths))
        .isEqualTo(paths);
    assertThat(roundTrip((Action.Of1<List<Path>>) closer::close, paths)).isEqualTo(paths);
    assertThat(roundTrip((Action.Of1<String>) closer::hiding, "text")).isEqualTo("text");
  }

  @Test
  void encode_lambdaThatUsesThis_isToldToCopy() {
    assertThatThrownBy(() -> Codec.encode((Action.Of0) () -> assertThat(this).isNull(), List.of()))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("EncodeTest", "copy what it needs to local variables");
  }

  private record Nested(String value) {
    private static String hidden(String value) {
      return "hidden " + value;
    }
  }
}
