package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunction;
import dev.lastly.model.FunctionRefusedException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocksTest {
  private static final int TURNS = 300;

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"ours", "ours\n"})
  void release_ourContent_deletesTheFile(String content) throws Exception {
    Path lock = Files.writeString(dir.resolve("lock"), content);
    Locks.release(lock, "ours");
    assertThat(lock).doesNotExist();
    Locks.release(lock, "ours");
    Locks.release(dir.resolve("no/such/parent"), "ours");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "our", "oursX", "ours\n\n", "other", "OURS", "\nours", "ours and more"})
  void release_anotherContent_leavesTheFile(String content) throws Exception {
    Path lock = Files.writeString(dir.resolve("lock"), content);
    Locks.release(lock, "ours");
    assertThat(Files.readString(lock)).isEqualTo(content);
  }

  @Test
  void release_noRegularFile_isLeftAndFails() throws Exception {
    Path target = Files.writeString(dir.resolve("target"), "ours");
    Path link = Files.createSymbolicLink(dir.resolve("link"), target);
    Path pipe = dir.resolve("pipe");
    CommandOutput unused = Commands.run(Command.of("mkfifo", pipe.toString()));
    for (Path other : List.of(link, dir, pipe)) {
      assertThatThrownBy(() -> Locks.release(other, "ours"))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(other.toString(), "is no regular file");
    }
    assertThat(target).exists();
    Path dangling = Files.createSymbolicLink(dir.resolve("dangling"), dir.resolve("not-mounted"));
    assertThatThrownBy(() -> Locks.release(dangling.resolve("lock"), "ours"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("leads nowhere");
  }

  /** Two attempts at once: the second must not delete the lock of the next holder. */
  @Test
  void release_twiceAtOnceWithAHolderThatWaits_leavesTheNextHoldersLock() throws Exception {
    Path lock = dir.resolve("lock");
    for (int turn = 0; turn < TURNS; turn++) {
      Files.writeString(lock, "ours");
      Path next = Files.writeString(dir.resolve("next"), "next");
      CountDownLatch start = new CountDownLatch(1);
      Thread holder =
          new Thread(
              () -> {
                try {
                  start.await();
                  while (true) {
                    try {
                      Files.createLink(lock, next);
                      return;
                    } catch (FileAlreadyExistsException held) {
                      Thread.onSpinWait();
                    }
                  }
                } catch (IOException | InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      holder.start();
      start.countDown();
      Locks.release(lock, "ours");
      holder.join();
      Locks.release(lock, "ours");
      assertThat(lock).hasContent("next");
      Files.delete(lock);
      Files.delete(next);
    }
  }

  @Test
  void release_doubtfulArguments_areRefusedByDefer() {
    for (String path : List.of("", "relative", "/", "/a/../b")) {
      assertThatThrownBy(() -> DeferredFunction.create(Locks::release, Path.of(path), "ours"))
          .isInstanceOf(FunctionRefusedException.class)
          .hasMessageContaining("release refuses");
    }
    for (String content : List.of("", "x".repeat(Locks.MAX_CONTENT_BYTES + 1))) {
      assertThatThrownBy(() -> DeferredFunction.create(Locks::release, Path.of("/a/b"), content))
          .isInstanceOf(FunctionRefusedException.class)
          .hasMessageContaining("release refuses '/a/b'");
    }
  }
}
