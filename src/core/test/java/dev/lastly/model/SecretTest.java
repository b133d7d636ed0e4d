package dev.lastly.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A function gets the value of its secret; a printed secret does not show it. */
class SecretTest {
  private static final String VALUE = "pässword 1\n";

  @TempDir private Path directory;
  private Path key;

  @BeforeEach
  void makeKey() throws Exception {
    key = key("key", "0123456789abcdef".repeat(4) + "\n");
  }

  private Path key(String name, String digits) throws Exception {
    Path file = Files.writeString(directory.resolve(name), digits);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void text_environmentVariable_isItsValue() {
    assertThat(Secret.environment("PATH").text()).isEqualTo(System.getenv("PATH"));
  }

  @Test
  void text_variableIsNotSet_saysWhichAndThatTheFunctionWaits() {
    assertThatThrownBy(Secret.environment("LASTLY_NOT_SET")::text)
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContaining("the environment variable LASTLY_NOT_SET is not set")
        .hasMessageContaining("the function waits");
  }

  @Test
  void text_file_isItsContentWithoutTheLastLineFeed() throws Exception {
    Path file = key("token", VALUE + "\n");
    assertThat(Secret.file(file).text()).isEqualTo(VALUE);
    Files.delete(file);
    assertThatThrownBy(Secret.file(file)::text)
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  @Timeout(20)
  void text_pipeOrDirectory_isRefusedAndNotWaitedFor() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (Path file : List.of(pipe, directory)) {
      assertThatThrownBy(Secret.file(file)::text)
          .isInstanceOf(UnresolvableFunctionException.class)
          .hasMessageContaining(file + " is no regular file");
    }
  }

  @Test
  void text_fileIsTooLong_isRefused() throws Exception {
    Path file = key("token", "x".repeat((64 << 10) + 1));
    assertThatThrownBy(Secret.file(file)::text).hasMessageContaining("more than 65536 bytes");
  }

  @Test
  void encrypted_sameValueTwice_differsAndComesBack() {
    Secret one = Secret.encrypted(VALUE, key);
    Secret two = Secret.encrypted(VALUE, key);
    assertThat(one).isNotEqualTo(two);
    assertThat(Secret.of(one.reference()).text()).isEqualTo(VALUE);
    assertThat(one.reference().toString() + one).doesNotContain("ssword");
  }

  @Test
  void text_otherKeyOrChangedCiphertext_isRefused() throws Exception {
    Secret secret = Secret.encrypted(VALUE, key);
    key("key", "f".repeat(64));
    assertThatThrownBy(secret::text)
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContaining("is not the one that it was encrypted with");
    Secret cut = Secret.of(Map.of("sealed", "AAAA", "key", key.toString()));
    assertThatThrownBy(cut::text).hasMessageContaining("the ciphertext is too short");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abcd", "not hexadecimal", "0123456789abcdef"})
  void encrypted_fileHoldsNoKey_isRefusedWithTheCommandThatMakesOne(String content)
      throws Exception {
    Path bad = key("bad", content);
    assertThatThrownBy(() -> Secret.encrypted(VALUE, bad))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("openssl rand -hex 32");
  }

  @Test
  void encrypted_othersCanReadTheKey_isRefused() throws Exception {
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> Secret.encrypted(VALUE, key)).hasMessageContaining("chmod 600");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "r--r--r--"})
  void text_fileOfThisUserThatOthersCanRead_isRefusedWithWhatToDo(String permissions)
      throws Exception {
    Path file = key("token", VALUE);
    Secret sealed = Secret.encrypted(VALUE, key);
    for (Path one : List.of(file, key)) {
      Files.setPosixFilePermissions(one, PosixFilePermissions.fromString(permissions));
    }
    for (Secret secret : List.of(Secret.file(file), sealed)) {
      assertThatThrownBy(secret::text)
          .isInstanceOf(UnresolvableFunctionException.class)
          .hasMessageContainingAll("chmod 600", "is not available in this process");
    }
    assertThatThrownBy(() -> Secret.encrypted(VALUE, key)).hasMessageContaining("chmod 600");
  }

  @Test
  void factories_relativePathOrNoName_areRefused() {
    assertThatThrownBy(() -> Secret.file(Path.of("token"))).hasMessageContaining("absolute");
    assertThatThrownBy(() -> Secret.encrypted("x", Path.of("k"))).hasMessageContaining("absolute");
    assertThatThrownBy(() -> Secret.environment("")).hasMessageContaining("empty");
  }

  @Test
  void of_otherNames_isRefused() {
    for (Map<String, String> bad :
        List.of(Map.<String, String>of(), Map.of("value", "x"), Map.of("sealed", "x"))) {
      assertThatThrownBy(() -> Secret.of(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
