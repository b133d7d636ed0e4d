package dev.lastly.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.StateDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateDirectoryTest {
  @Test
  void prepare_newDirectory_isPrivateToThisUser(@TempDir Path base) throws IOException {
    StateDirectory directory =
        StateDirectory.prepare(
            base.resolve("a/b"), "deferred", FunctionPolicy.privateDirectory(), Set.of());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())))
        .isEqualTo("rwx------");
  }

  @Test
  void prepare_directoryOpenToOthers_needsAnAllowList(@TempDir Path base) throws IOException {
    Path open = Files.createDirectory(base.resolve("deferred"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(
            () ->
                StateDirectory.prepare(
                    base, "deferred", FunctionPolicy.privateDirectory(), Set.of()))
        .isInstanceOf(StateDirectoryException.class)
        .hasMessageContaining("is not private")
        .hasMessageContaining("chmod go-w")
        .hasMessageContaining("FunctionPolicy.allowList()");
    FunctionPolicy list = FunctionPolicy.allowList().allowClass(StateDirectoryTest.class).build();
    assertThat(StateDirectory.prepare(base, "deferred", list, Set.of()).path())
        .isEqualTo(open.toRealPath());
  }

  @Test
  void prepare_symbolicLink_isRefused(@TempDir Path base) throws IOException {
    Path elsewhere = Files.createDirectory(base.resolve("elsewhere"));
    Files.createSymbolicLink(base.resolve("deferred"), elsewhere);
    assertThatThrownBy(
            () ->
                StateDirectory.prepare(
                    base, "deferred", FunctionPolicy.privateDirectory(), Set.of()))
        .hasMessageContaining("is a symbolic link");
  }
}
