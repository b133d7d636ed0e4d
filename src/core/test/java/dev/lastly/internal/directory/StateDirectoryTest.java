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

  private static void prepare(Path base) {
    StateDirectory unused =
        StateDirectory.prepare(base, "deferred", FunctionPolicy.privateDirectory(), Set.of());
  }

  /** As sshd's StrictModes: else another directory can be put in its place at any moment. */
  @Test
  void prepare_directoryAboveInWhichOthersRename_isRefusedBeforeAnythingIsCreated(
      @TempDir Path temp) throws IOException {
    for (String mode : new String[] {"rwxrwx---", "rwx---rwx", "rwxrwxrwx"}) {
      Path open = Files.createDirectory(temp.resolve(mode));
      Path base = open.resolve("a/b");
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(mode));
      assertThatThrownBy(() -> prepare(base))
          .isInstanceOf(StateDirectoryException.class)
          .hasMessageContainingAll(open.toString(), "is not firm", mode, "chmod go-w", "chmod +t");
      assertThat(open.resolve("a")).doesNotExist();
      FunctionPolicy list = FunctionPolicy.allowList().allowClass(StateDirectoryTest.class).build();
      assertThat(StateDirectory.prepare(base, "deferred", list, Set.of()).path()).exists();
      assertThatThrownBy(() -> prepare(base)).hasMessageContaining("is not firm"); // it exists now
    }
  }

  @Test
  void prepare_directoryAboveWithTheStickyBit_isAccepted(@TempDir Path temp) throws Exception {
    Path sticky = Files.createDirectory(temp.resolve("sticky"));
    assertThat(new ProcessBuilder("chmod", "1777", sticky.toString()).start().waitFor()).isZero();
    prepare(sticky);
    assertThat(sticky.resolve("deferred")).isDirectory();
  }

  @Test
  void prepare_linkToADirectoryInAnOpenOne_isRefused(@TempDir Path temp) throws IOException {
    Path open = Files.createDirectory(temp.resolve("open"));
    Path target = Files.createDirectory(open.resolve("target"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path link = Files.createSymbolicLink(temp.resolve("link"), target);
    assertThatThrownBy(() -> prepare(link)).hasMessageContainingAll(open.toString(), "is not firm");
  }

  @Test
  void prepare_fileIsASymbolicLink_isRefusedAndNothingIsCreated(@TempDir Path base)
      throws IOException {
    Path directory = Files.createDirectory(base.resolve("deferred"));
    Path victim = base.resolve("victim");
    FunctionPolicy list = FunctionPolicy.allowList().allowClass(StateDirectoryTest.class).build();
    for (String name :
        new String[] {
          "deferred.db",
          "deferred.db-wal",
          "deferred.db-shm",
          "deferred.db-journal",
          "owners.lock",
          "witness",
          "unsynced",
          "reserve",
          "guardian.log",
          "guardian.last",
          "guardian.last.new",
          "cache"
        }) {
      Path link = Files.createSymbolicLink(directory.resolve(name), victim);
      for (FunctionPolicy policy : new FunctionPolicy[] {FunctionPolicy.privateDirectory(), list}) {
        assertThatThrownBy(() -> StateDirectory.prepare(base, "deferred", policy, Set.of()))
            .isInstanceOf(StateDirectoryException.class)
            .hasMessageContainingAll(link.toString(), "is a symbolic link");
      }
      Files.delete(link);
    }
    Files.createDirectory(directory.resolve("owners.lock"));
    assertThatThrownBy(() -> prepare(base)).hasMessageContaining("no regular file");
    assertThat(victim).doesNotExist();
  }

  @Test
  void requireUnchanged_exchangedSinceTheCheck_isRefused(@TempDir Path base) throws IOException {
    StateDirectory directory =
        StateDirectory.prepare(base, "deferred", FunctionPolicy.privateDirectory(), Set.of());
    directory.requireUnchanged(FunctionPolicy.privateDirectory());
    Files.createSymbolicLink(directory.database(), base.resolve("victim"));
    assertThatThrownBy(() -> directory.requireUnchanged(FunctionPolicy.privateDirectory()))
        .hasMessageContaining("is a symbolic link");
    Files.delete(directory.database());
    Files.move(directory.path(), base.resolve("away"));
    Files.createSymbolicLink(directory.path(), base.resolve("away"));
    assertThatThrownBy(() -> directory.requireUnchanged(FunctionPolicy.privateDirectory()))
        .hasMessageContaining("has become a symbolic link");
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
