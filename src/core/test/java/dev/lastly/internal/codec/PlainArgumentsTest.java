package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Serializable;
import java.lang.reflect.Type;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arguments that are not certain to survive their JSON take the slow path, which tries it. */
final class PlainArgumentsTest {
  @TempDir private Path directory;

  private static @Nullable String json(Type declared, @Nullable Object argument) {
    return PlainArguments.json(
        Parameters.of("f", List.of(declared)), Arrays.asList(new @Nullable Object[] {argument}));
  }

  @Test
  void json_noArguments_isAnEmptyArray() {
    assertThat(PlainArguments.json(Parameters.of("f", List.of()), List.of())).isEqualTo("[]");
  }

  @Test
  void json_declaredAsSomethingWider_isNotCertain() {
    assertThat(json(String.class, "a")).isEqualTo("[\"a\"]");
    assertThat(json(Object.class, "a")).isNull();
    assertThat(json(CharSequence.class, "a")).isNull();
    assertThat(json(Serializable.class, 1)).isNull();
    assertThat(json(Number.class, 1L)).isNull();
    assertThat(json(Object.class, Path.of("a"))).isNull();
  }

  @Test
  void json_nullOrAnotherType_isNotCertain() {
    assertThat(json(String.class, null)).isNull();
    assertThat(json(Integer.class, null)).isNull();
    assertThat(json(double.class, 1.0)).isNull();
    assertThat(json(char.class, 'a')).isNull();
  }

  @Test
  void json_longText_isLeftToTheWriterThatStops() {
    assertThat(json(String.class, "x".repeat(4_096))).isNotNull();
    assertThat(json(String.class, "x".repeat(4_097))).isNull();
    assertThat(json(Path.class, Path.of("x/".repeat(2_100)))).isNull();
  }

  @Test
  void json_pathOfAnotherFileSystem_isNotCertain() throws Exception {
    Path zip = directory.resolve("a.zip");
    try (FileSystem other = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
      assertThat(json(Path.class, other.getPath("/a"))).isNull();
    }
  }

  /** A name of bytes that are no text: its path's text leads elsewhere. */
  @Test
  void json_pathThatIsNoText_isNotCertain() throws Exception {
    Process touch =
        new ProcessBuilder("sh", "-c", "touch \"$(printf 'a\\377')\"")
            .directory(directory.toFile())
            .inheritIO()
            .start();
    assertThat(touch.waitFor()).isZero();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory)) {
      Path path = found.iterator().next();
      assertThat(Path.of(path.toString())).isNotEqualTo(path);
      assertThat(json(Path.class, path)).isNull();
    }
  }

  private static boolean reads(String json, @Nullable Object[] arguments, Type... declared) {
    return PlainArguments.read(Parameters.of("f", List.of(declared)), json, arguments);
  }

  @Test
  void read_printableTextsAndPaths_areTheArguments() {
    @Nullable Object[] arguments = new @Nullable Object[3];
    String json = "[\"a, [b]\",\"\",\"/tmp/c d\"]";
    assertThat(reads(json, arguments, String.class, String.class, Path.class)).isTrue();
    assertThat(arguments).containsExactly("a, [b]", "", Path.of("/tmp/c d"));
    assertThat(Parameters.of("f", List.of(String.class, String.class, Path.class)).read(json))
        .isEqualTo(arguments);
  }

  @Test
  void read_integersAndBooleans_areTheArguments() {
    @Nullable Object[] arguments = new @Nullable Object[6];
    String json = "[-128,32767,\"a\",-2147483648,999999999999999999,true]";
    Type[] declared = {byte.class, Short.class, String.class, int.class, Long.class, boolean.class};
    assertThat(reads(json, arguments, declared)).isTrue();
    assertThat(arguments)
        .containsExactly(
            (byte) -128, (short) 32767, "a", Integer.MIN_VALUE, 999_999_999_999_999_999L, true);
    assertThat(reads("[0]", new @Nullable Object[1], int.class)).isTrue();
    assertThat(reads("[false]", new @Nullable Object[1], Boolean.class)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "[",
        "[1",
        "[1 ]",
        "[ 1]",
        "[1,]",
        "[1]]",
        "[01]",
        "[-0]",
        "[-]",
        "[+1]",
        "[1.0]",
        "[1e2]",
        "[1,2]",
        "[2147483648]",
        "[-2147483649]",
        "[\u0661]",
        "[true]",
        "[null]",
        "[\"1\"]",
        "[1000000000000000000]",
        "[{}]",
        "[[1]]"
      })
  void read_whatIsNoIntegerOfTheType_isNotCertain(String json) {
    assertThat(reads(json, new @Nullable Object[1], int.class)).isFalse();
    assertThat(reads(json, new @Nullable Object[1], Integer.class)).isFalse();
    assertThat(reads("[1]", new @Nullable Object[1], boolean.class)).isFalse();
    assertThat(reads("[1]", new @Nullable Object[1], double.class)).isFalse();
    assertThat(reads("[128]", new @Nullable Object[1], byte.class)).isFalse();
    assertThat(reads("[32768]", new @Nullable Object[1], short.class)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[",
        "[]",
        "[\"",
        "[\"a",
        "[\"a\"",
        "[\"a\",",
        "[\"a\"]]",
        "[\"a\"] ",
        "[ \"a\"]",
        "[\"a\" ]",
        "[\"a\",]",
        "[,\"a\"]",
        ",\"a\"]",
        "[\"a\"\"b\"]",
        "[\"a\",\"b\"]",
        "[\"a\\n\"]",
        "[\"a\\u0041\"]",
        "[\"\u00e9\"]",
        "[\"\u007f\"]",
        "[\"\u0000\"]",
        "[null]",
        "[1]",
        "[true]",
        "{\"a\"}"
      })
  void read_anythingElse_isNotCertain(String json) {
    assertThat(reads(json, new @Nullable Object[1], String.class)).isFalse();
    assertThat(reads(json, new @Nullable Object[1], Path.class)).isFalse();
  }

  @Test
  void read_fewerOrOtherParameters_isNotCertain() {
    assertThat(reads("[\"a\"]", new @Nullable Object[0])).isFalse();
    assertThat(reads("[]", new @Nullable Object[0])).isFalse();
    assertThat(reads("[\"a\"]", new @Nullable Object[2], String.class, String.class)).isFalse();
    assertThat(reads("[\"a\"]", new @Nullable Object[1], Object.class)).isFalse();
    assertThat(reads("[\"a\"]", new @Nullable Object[1], CharSequence.class)).isFalse();
    assertThat(reads("[\"1\"]", new @Nullable Object[1], int.class)).isFalse();
  }
}
