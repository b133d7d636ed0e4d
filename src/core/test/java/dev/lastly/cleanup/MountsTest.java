package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunction;
import dev.lastly.model.FunctionRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What needs no privilege; {@code MountsOsTest} mounts. */
class MountsTest {
  @TempDir Path dir;

  @Test
  void unmount_notMounted_isDone() throws Exception {
    Mounts.unmount(dir);
    Mounts.unmount(dir.resolve("none"));
    Mounts.unmount(dir.resolve("no/such/parent"));
    assertThat(dir).exists();
  }

  /** The mount table has what the link leads to, and not the link. */
  @Test
  void unmount_link_fails() throws Exception {
    Path link = Files.createSymbolicLink(dir.resolve("link"), Path.of("/proc"));
    assertThatThrownBy(() -> Mounts.unmount(link))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("'" + link + "'", "is a symbolic link");
    Path dangling = Files.createSymbolicLink(dir.resolve("dangling"), dir.resolve("not-mounted"));
    assertThatThrownBy(() -> Mounts.unmount(dangling.resolve("x/y")))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("unmount", "leads nowhere");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "relative", "/", "/a/../b"})
  void unmount_doubtfulPath_isRefusedByDefer(String path) {
    assertThatThrownBy(() -> DeferredFunction.create(Mounts::unmount, Path.of(path)))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("unmount refuses");
  }
}
