package dev.lastly.internal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NativeLibraryTest {
  private static final String JVM =
      "7f10-7f11 r-xp 00000000 fe:00 1  /usr/lib/jvm/java-17-openjdk-amd64/lib/server/libjvm.so\n";

  @Test
  void folder_here_isWhatTheDriverSays() {
    assertThat(NativeLibrary.folder()).isEqualTo(NativeLibrary.byDriver());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/usr/lib/x86_64-linux-gnu/libc.so.6",
        "/lib/x86_64-linux-gnu/libc-2.31.so",
        "/lib64/libc-2.17.so"
      })
  void isGlibc_ofAnyAge_isRecognized(String library) {
    assertThat(NativeLibrary.isGlibc(JVM + "7f12-7f13 r-xp 00000000 fe:00 2  " + library + "\n"))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/lib/ld-musl-x86_64.so.1",
        "/lib/ld-musl-x86_64.so.1\n7f14-7f15 r-xp 0 fe:00 3  /lib/libc.so.6", // glibc's emulation
        "/apex/com.android.runtime/lib64/bionic/libc.so",
        "/apex/com.android.runtime/lib64/bionic/libc.so\n7f14-7f15 r-xp 0 fe:00 3  /x/libc.so.6"
      })
  void isGlibc_anotherOne_isLeftToTheDriver(String library) {
    assertThat(NativeLibrary.isGlibc(JVM + "7f12-7f13 r-xp 00000000 fe:00 2  " + library + "\n"))
        .isFalse();
  }
}
