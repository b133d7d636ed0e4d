package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunction;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CleanupTest {
  private static final int TURNS = 1_000;

  @TempDir Path dir;

  @Test
  void deleteFile_link_deletesItAndNotItsTarget() throws Exception {
    Path target = Files.writeString(dir.resolve("target"), "x");
    Path link = Files.createSymbolicLink(dir.resolve("link"), target);
    Cleanup.deleteFile(link);
    Cleanup.deleteFile(link);
    assertThat(link).doesNotExist();
    assertThat(target).exists();
    Cleanup.deleteFile(target);
    assertThat(target).doesNotExist();
    Cleanup.deleteFile(dir.resolve("no/such/parent"));
  }

  @Test
  void deleteFile_directory_isRefused() {
    assertThatThrownBy(() -> Cleanup.deleteFile(dir))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is a directory")
        .hasMessageContaining("deleteTree");
    assertThat(dir).exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "relative", "/", "/a/../b", "/a/./b"})
  void bothActions_doubtfulPath_isRefused(String path) {
    assertThatThrownBy(() -> Cleanup.deleteFile(Path.of(path)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deleteFile refuses");
    assertThatThrownBy(() -> Cleanup.deleteTree(Path.of(path)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deleteTree refuses");
  }

  @Test
  void deleteTree_homeAndAbove_areLeftToAnotherProcess() throws Exception {
    assertThatThrownBy(() -> Cleanup.deleteTree(Path.of("/tmp")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("directly below the root");
    Path rootLink = Files.createSymbolicLink(dir.resolve("rootLink"), Path.of("/"));
    assertThatThrownBy(() -> Cleanup.deleteTree(rootLink.resolve("nosuchdir")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leads to /nosuchdir");
    String home = System.getProperty("user.home");
    Path fakeHome = Files.createDirectories(dir.resolve("users/me/home"));
    System.setProperty("user.home", fakeHome.toString());
    try {
      for (String name : new String[] {"users/me/home", "users/me", "users"}) {
        Path refused = dir.resolve(name);
        assertThatThrownBy(() -> Cleanup.deleteTree(refused))
            .isInstanceOf(UnresolvableFunctionException.class)
            .hasMessageContaining("working directory or the home");
        assertThatThrownBy(() -> Cleanup.requireTree(refused))
            .isInstanceOf(UnresolvableFunctionException.class);
      }
    } finally {
      System.setProperty("user.home", home);
    }
    assertThat(fakeHome).exists();
  }

  @Test
  void keys_workingDirectory_isAmongThemWithAllAboveWhateverThePropertySays() throws Exception {
    String before = System.getProperty("user.dir");
    Path working = Path.of("").toAbsolutePath();
    System.setProperty("user.dir", dir.toString());
    try {
      Set<Object> keys = OwnPlaces.keys();
      for (Path at = working; at != null; at = at.getParent()) {
        assertThat(keys).contains(Files.getAttribute(at, "unix:fileKey"));
      }
      assertThat(keys).doesNotContain(Files.getAttribute(dir, "unix:fileKey"));
    } finally {
      System.setProperty("user.dir", before);
    }
  }

  /** As it is in the C locale, where the JVM has no character for the bytes of 'ü'. */
  @Test
  void homes_variableAndAccount_areTheirBytes() throws Exception {
    String environ = "A=1\0HOME=/home/j\u00c3\u00bcrg\0B=2\0";
    String passwd = "root:x:0:0::/root:/bin/sh\nj:x:17:1::/srv/j\u00c3\u00bcrg:/bin/sh\n";
    assertThat(OwnPlaces.homes(environ, passwd, 17))
        .extracting(path -> path.toUri().getRawPath())
        .containsExactly("/home/j%C3%BCrg", "/srv/j%C3%BCrg");
    assertThat(OwnPlaces.homes("HOME=x", passwd, 18)).isEmpty();
  }

  @Test
  void bothActions_linkOnTheWayThatLeadsNowhere_isAnError() throws Exception {
    Path target = dir.resolve("not-mounted");
    Path link = Files.createSymbolicLink(dir.resolve("link"), target);
    for (Path path : List.of(link.resolve("x"), link.resolve("a/b/x"))) {
      assertThatThrownBy(() -> Cleanup.deleteTree(path))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("deleteTree", "'" + link + "'", "leads nowhere");
      assertThatThrownBy(() -> Cleanup.deleteFile(path))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("deleteFile", "leads nowhere");
    }
    Files.createDirectory(target);
    Cleanup.deleteTree(link.resolve("x"));
    Cleanup.deleteFile(link.resolve("a/b/x"));
  }

  @Test
  @SuppressWarnings("NullAway") // that is what is tried
  void bothActions_null_isRefused() {
    assertThatThrownBy(() -> Cleanup.deleteTree(null)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Cleanup.deleteFile(null)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "relative", "/", "/a/../b"})
  void bothActions_doubtfulPath_isRefusedByDefer(String path) {
    assertThatThrownBy(() -> DeferredFunction.create(Cleanup::deleteFile, Path.of(path)))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("deleteFile refuses");
    assertThatThrownBy(() -> DeferredFunction.create(Cleanup::deleteTree, Path.of(path)))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("deleteTree refuses");
  }

  @Test
  void truncate_file_isEmptyAndRemains() throws Exception {
    Path log = Files.writeString(dir.resolve("log"), "text");
    Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-r-----"));
    Cleanup.truncate(log);
    Cleanup.truncate(log);
    assertThat(log).isEmptyFile();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
        .isEqualTo("rw-r-----");
    Cleanup.truncate(dir.resolve("none"));
    Cleanup.truncate(dir.resolve("no/such/parent"));
    assertThat(dir.resolve("none")).doesNotExist();
  }

  @Test
  void truncate_noRegularFile_isNotTouched() throws Exception {
    Path target = Files.writeString(dir.resolve("target"), "text");
    Path link = Files.createSymbolicLink(dir.resolve("link"), target);
    Path pipe = dir.resolve("pipe");
    CommandOutput unused = Commands.run(Command.of("mkfifo", pipe.toString()));
    for (Path other : List.of(link, dir, pipe)) {
      assertThatThrownBy(() -> Cleanup.truncate(other))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(other.toString(), "is no regular file");
    }
    assertThat(target).hasContent("text");
    Path dangling = Files.createSymbolicLink(dir.resolve("dangling"), dir.resolve("not-mounted"));
    assertThatThrownBy(() -> Cleanup.truncate(dangling.resolve("x")))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("truncate", "leads nowhere");
  }

  @Test
  void restore_backup_replacesTheTargetOnceAndForAll() throws Exception {
    Path target = Files.writeString(dir.resolve("settings"), "changed");
    Path backup = Files.writeString(dir.resolve("settings.backup"), "as before");
    Files.setPosixFilePermissions(backup, PosixFilePermissions.fromString("r--r-----"));
    Cleanup.restore(backup, target);
    Cleanup.restore(backup, target);
    assertThat(target).hasContent("as before");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
        .isEqualTo("r--r-----");
    assertThat(backup).doesNotExist();
    Files.move(target, backup);
    Cleanup.restore(backup, target); // the job may have deleted the target
    assertThat(target).hasContent("as before");
  }

  @Test
  void restore_backupOnAnotherFileSystem_isCopiedWithItsAttributes() throws Exception {
    Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "lastly");
    try {
      Path target = Files.writeString(dir.resolve("settings"), "changed");
      Path backup = Files.writeString(memory.resolve("settings"), "as before");
      Files.setPosixFilePermissions(backup, PosixFilePermissions.fromString("rwxr-x---"));
      FileTime time = FileTime.from(Instant.parse("2020-01-02T03:04:05Z"));
      Files.setLastModifiedTime(backup, time);
      assertThatThrownBy(() -> Files.move(backup, target, StandardCopyOption.ATOMIC_MOVE))
          .isInstanceOf(AtomicMoveNotSupportedException.class);
      String prefix = new Restoration(backup, target).copyPrefix();
      Files.writeString(dir.resolve(prefix + "left-by-a-killed-attempt"), "as be");
      Path other = Files.writeString(dir.resolve(".lastly-restore-of-another"), "x");
      Cleanup.restore(backup, target);
      Cleanup.restore(backup, target);
      assertThat(target).hasContent("as before");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
          .isEqualTo("rwxr-x---");
      assertThat(Files.getLastModifiedTime(target)).isEqualTo(time);
      assertThat(backup).doesNotExist();
      assertThat(dir).isDirectoryNotContaining(path -> !path.equals(target) && !path.equals(other));
    } finally {
      Cleanup.deleteTree(memory);
    }
  }

  @Test
  void restore_neitherIsThere_fails() {
    assertThatThrownBy(() -> Cleanup.restore(dir.resolve("backup"), dir.resolve("settings")))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("restore cannot put back", "settings'", "neither", "backup'");
  }

  /** rename(2) of one name of a file to another does nothing, and succeeds. */
  @Test
  void restore_hardLinkOfTheTarget_isDeleted() throws Exception {
    Path target = Files.writeString(dir.resolve("settings"), "as before");
    Path backup = Files.createLink(dir.resolve("settings.backup"), target);
    Cleanup.restore(backup, target);
    assertThat(backup).doesNotExist();
    assertThat(target).hasContent("as before");
  }

  @Test
  void restore_linkOrDirectory_isRefusedAndNothingChanges() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "x");
    Path link = Files.createSymbolicLink(dir.resolve("link"), file);
    Path directory = Files.createDirectory(dir.resolve("directory"));
    for (Path other : List.of(link, directory)) {
      assertThatThrownBy(() -> Cleanup.restore(file, other))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(other.toString(), "is no regular file");
      assertThatThrownBy(() -> Cleanup.restore(other, file))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(other.toString(), "is no regular file");
    }
    Path dangling = Files.createSymbolicLink(dir.resolve("dangling"), dir.resolve("not-mounted"));
    assertThatThrownBy(() -> Cleanup.restore(dangling.resolve("backup"), file))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("restore", "leads nowhere");
    assertThat(file).hasContent("x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "relative", "/", "/a/../b"})
  void truncateAndRestore_doubtfulPath_isRefusedByDefer(String path) {
    Path doubtful = Path.of(path);
    Path good = Path.of("/a/b");
    assertThatThrownBy(() -> DeferredFunction.create(Cleanup::truncate, doubtful))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("truncate refuses");
    assertThatThrownBy(() -> DeferredFunction.create(Cleanup::restore, doubtful, good))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("restore refuses");
    assertThatThrownBy(() -> DeferredFunction.create(Cleanup::restore, good, doubtful))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("restore refuses");
    assertThatThrownBy(() -> DeferredFunction.create(Cleanup::restore, good, good))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("both the backup and the target");
  }

  @Test
  void deleteTree_workingDirectoryOfThisProcess_isAcceptedByDefer() {
    Path working = Path.of("").toAbsolutePath();
    assertThat(DeferredFunction.create(Cleanup::deleteTree, working).toString())
        .contains("deleteTree");
    assertThatThrownBy(() -> Cleanup.deleteTree(working))
        .isInstanceOf(UnresolvableFunctionException.class);
  }

  @Test
  void deleteTree_linksInside_areDeletedAndNotFollowed() throws Exception {
    Path victim = Files.createDirectories(dir.resolve("victim"));
    Files.writeString(victim.resolve("precious"), "x");
    Path tree = dir.resolve("tree");
    Path sub = Files.createDirectories(tree.resolve("sub"));
    Files.createSymbolicLink(sub.resolve("link"), victim);
    Files.createSymbolicLink(sub.resolve("dangling"), Path.of("/no/such"));
    Cleanup.deleteTree(tree);
    Cleanup.deleteTree(tree);
    assertThat(tree).doesNotExist();
    assertThat(victim.resolve("precious")).exists();
  }

  @Test
  void deleteTree_treeIsALink_onlyTheLinkIsDeleted() throws Exception {
    Path victim = Files.createDirectories(dir.resolve("victim/sub"));
    Path link = Files.createSymbolicLink(dir.resolve("link"), victim.getParent());
    Cleanup.deleteTree(link.resolve("sub")); // a parent that is a link is fine
    assertThat(victim).doesNotExist();
    Cleanup.deleteTree(link);
    assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(victim.getParent()).exists();
  }

  /** The swap comes at a random moment of the deletion, often; CleanupOsTest is sharper. */
  @Test
  void deleteTree_directorySwappedForLinkMeanwhile_neverTouchesTheTarget() throws Exception {
    Path victim = Files.createDirectories(dir.resolve("victim"));
    Path precious = Files.writeString(victim.resolve("precious"), "x");
    Path real = dir.resolve("tree/d");
    CyclicBarrier together = new CyclicBarrier(2);
    CompletableFuture<Integer> swaps =
        CompletableFuture.supplyAsync(() -> swapEachTurn(together, real, victim));
    for (int i = 0; i < TURNS; i++) {
      Files.createDirectories(real);
      together.await();
      Cleanup.deleteTree(dir.resolve("tree"));
      together.await();
      Cleanup.deleteTree(dir.resolve("tree"));
      assertThat(precious).exists();
    }
    assertThat(swaps.get()).as("swaps that met a directory").isPositive();
  }

  private int swapEachTurn(CyclicBarrier together, Path real, Path victim) {
    Random random = new Random(1);
    int swaps = 0;
    for (int i = 0; i < TURNS; i++) {
      try {
        together.await();
        long until = System.nanoTime() + random.nextInt(400_000);
        while (System.nanoTime() < until) {
          Thread.onSpinWait();
        }
        try {
          Files.move(real, dir.resolve("away" + i));
          Files.createSymbolicLink(real, victim);
          swaps++;
        } catch (NoSuchFileException deleted) {
          assertThat(real).doesNotExist();
        }
        together.await();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
    return swaps;
  }

  @Test
  void enter_anotherDirectoryThanWasSeen_isNotEntered() throws Exception {
    Path tree = Files.createDirectories(dir.resolve("tree"));
    TreeDeletion deletion = new TreeDeletion(tree, Set.of(), Set.of());
    try (Level parent = deletion.start()) {
      Object key = Level.keyOf(OwnDirectories.open(parent, tree.getFileName()));
      assertThat(deletion.enter(parent, tree.getFileName(), parent.key())).isFalse();
      assertThat(deletion.enter(parent, tree.getFileName(), key)).isTrue();
    }
  }

  @Test
  void open_entryIsALinkByNow_isRefused() throws Exception {
    Path link = Files.createSymbolicLink(dir.resolve("link"), dir);
    try (Level parent = Level.anchor(link)) {
      assertThatThrownBy(() -> OwnDirectories.open(parent, link.getFileName()))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void deleteTree_entriesAppearMeanwhile_areDeletedToo() throws Exception {
    Path tree = Files.createDirectories(dir.resolve("tree"));
    CountDownLatch started = new CountDownLatch(1);
    CompletableFuture<Void> creator =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 3000; i++) {
                try {
                  Files.createFile(tree.resolve("f" + i));
                } catch (NoSuchFileException deleted) {
                  return;
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
                started.countDown();
              }
            });
    started.await();
    Cleanup.deleteTree(tree);
    creator.get();
    assertThat(tree).doesNotExist();
  }

  @Test
  void deleteTree_tenThousandLevels_succeedsWithFewDescriptors() throws Exception {
    Path chain = Files.createDirectories(dir.resolve("n0"));
    for (int i = 1; i <= 10_000; i++) {
      Path above = Files.createDirectory(dir.resolve("n" + i));
      Files.move(chain, above.resolve("d"));
      chain = above;
    }
    Cleanup.deleteTree(chain);
    assertThat(chain).doesNotExist();
  }

  @Test
  void deleteTree_wideTree_succeeds() throws Exception {
    Path tree = Files.createDirectories(dir.resolve("tree"));
    for (int i = 0; i < 100_000; i++) {
      Files.createSymbolicLink(tree.resolve("entry" + i), Path.of("x"));
    }
    Cleanup.deleteTree(tree);
    assertThat(tree).doesNotExist();
  }

  @Test
  void deleteTree_withoutPermissionsOfOurs_givesThemAndGoesOn() throws Exception {
    for (String mode : new String[] {"r-x------", "r--------", "-wx------", "---------"}) {
      Path sub = Files.createDirectories(dir.resolve("tree/" + mode));
      Files.writeString(sub.resolve("file"), "x");
      Files.setPosixFilePermissions(sub, PosixFilePermissions.fromString(mode));
    }
    Cleanup.deleteTree(dir.resolve("tree"));
    assertThat(dir.resolve("tree")).doesNotExist();
  }

  @Test
  void deleteTree_nameThatIsNotUtf8_isDeleted() throws Exception {
    Path tree = Files.createDirectories(dir.resolve("tree"));
    Path strange = Path.of(URI.create(tree.toUri() + "%FF%FE%0A"));
    Files.createDirectory(strange);
    Files.createFile(strange.resolve("x"));
    Cleanup.deleteTree(tree);
    assertThat(tree).doesNotExist();
  }

  @Test
  void deleteTree_interrupted_stops() throws Exception {
    Path tree = Files.createDirectories(dir.resolve("tree"));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Cleanup.deleteTree(tree)).isInstanceOf(InterruptedException.class);
    assertThat(tree).exists();
    assertThatCode(() -> Cleanup.deleteTree(tree)).doesNotThrowAnyException();
  }

  @Test
  void failures_many_areCountedAndBounded() {
    UndeletedEntries failures = new UndeletedEntries();
    for (int i = 0; i < 50; i++) {
      failures.add(dir.resolve("f" + i), new IOException("because"));
    }
    assertThatThrownBy(() -> failures.throwIfAny(dir))
        .hasMessageContaining("left 50 entries")
        .hasMessageContaining("f0: because")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(UndeletedEntries.MAX_KEPT));
  }

  @Test
  void mountPoints_ofThisProcess_areFound() throws Exception {
    assertThat(MountPoints.below(Path.of("/"))).contains(Path.of("/proc"));
    Object key = Objects.requireNonNull(Files.getAttribute(dir, "unix:fileKey"));
    assertThat(MountPoints.device(key)).isEqualTo(Files.getAttribute(dir, "unix:dev"));
  }
}
