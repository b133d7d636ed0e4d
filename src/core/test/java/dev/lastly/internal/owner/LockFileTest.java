package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.owner.Owners.Holder;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.support.Await;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class LockFileTest {
  @TempDir private Path directory;
  private Path path;
  private LockFile locks;

  @BeforeEach
  void openLockFile() {
    path = directory.resolve("owners.lock");
    locks = LockFile.open(path);
  }

  @Test
  void open_twice_sharesOneChannel() {
    assertThat(LockFile.open(path)).isSameAs(locks);
  }

  @Test
  void open_newFile_isPrivate() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
  }

  @Test
  void open_afterDeletion_givesANewFileAndKeepsTheOldLocks() throws IOException {
    assertThat(locks.hold(3)).isTrue();
    Files.delete(path);
    assertThat(locks.isInPlace()).isFalse();
    LockFile fresh = LockFile.open(path);
    assertThat(fresh).isNotSameAs(locks);
    assertThat(fresh.isInPlace()).isTrue();
    assertThat(fresh.probe(3)).isEqualTo(Holder.NOBODY);
    assertThat(locks.probe(3)).isEqualTo(Holder.THIS_JVM);
  }

  @Test
  void probe_heldHere_saysThisJvm() {
    assertThat(locks.hold(5)).isTrue();
    assertThat(locks.probe(5)).isEqualTo(Holder.THIS_JVM);
    assertThat(locks.hold(5)).as("held twice").isFalse();
    locks.release(5);
    assertThat(locks.probe(5)).isEqualTo(Holder.NOBODY);
  }

  @Test
  void probe_heldByAnotherProcess_saysSoUntilItIsKilled() throws Exception {
    Process holder =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                Holding.class.getName(),
                path.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var out = holder.inputReader()) {
      assertThat(out.readLine()).isEqualTo("held");
      assertThat(locks.probe(8)).isEqualTo(Holder.ANOTHER_PROCESS);
      assertThat(locks.hold(8)).isFalse();
      assertThat(locks.isFree(1, 100)).isFalse();
      assertThat(locks.isFree(9, 100)).isTrue();
      assertThat(locks.probe(9)).isEqualTo(Holder.NOBODY);
      holder.destroyForcibly().waitFor();
      assertThat(locks.probe(8)).isEqualTo(Holder.NOBODY);
    } finally {
      holder.destroyForcibly().waitFor();
    }
  }

  /** A worker that holds byte 8 until it is killed. */
  static final class Holding {
    private Holding() {}

    public static void main(String[] args) throws InterruptedException {
      LockFile.open(Path.of(args[0])).hold(8);
      System.out.println("held");
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  @Test
  void isFree_anotherHoldsOneOfTheBytes_isFalse() throws Exception {
    assertThat(locks.hold(5)).isTrue();
    assertThat(locks.isFree(0, 10)).isFalse();
    assertThat(locks.isFree(6, 10)).isTrue();
    assertThat(locks.isFree(0, 5)).isTrue();
    locks.release(5);
    assertThat(locks.isFree(0, 10)).isTrue();
    assertThat(locks.holders()).as("left behind").hasToString("");
  }

  /** Each manager of a JVM looks in a thread of its own. */
  @Test
  void looks_byManyThreadsAtOnce_doNotTakeEachOtherForHolders() throws Exception {
    List<Callable<Boolean>> looks = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      long own = 20L + thread;
      looks.add(
          () -> {
            boolean right = true;
            for (int i = 0; i < 2_000; i++) {
              right &= locks.isFree(0, 10) && locks.probe(3) == Holder.NOBODY;
              right &= locks.hold(own);
              locks.release(own);
            }
            return right;
          });
    }
    requireAllTrue(looks);
  }

  /** As of two web applications. The JDK knows the locks of a whole JVM. */
  @Test
  void looks_byTwoCopiesOfTheLibrary_doNotTakeEachOtherForHolders() throws Exception {
    List<URL> classPath = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      classPath.add(Path.of(entry).toUri().toURL());
    }
    try (URLClassLoader loader =
        new URLClassLoader(classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Class<?> copy = loader.loadClass(LockFile.class.getName());
      assertThat(copy).isNotSameAs(LockFile.class);
      Method open = copy.getDeclaredMethod("open", Path.class);
      open.setAccessible(true);
      Method isFree = copy.getDeclaredMethod("isFree", long.class, long.class);
      isFree.setAccessible(true);
      Object others = open.invoke(null, path);
      requireAllTrue(
          List.of(
              () -> isAlways(() -> locks.isFree(0, 10)),
              () -> isAlways(() -> (Boolean) isFree.invoke(others, 0L, 10L))));
      assertThat(locks.hold(4)).isTrue();
      assertThat(isFree.invoke(others, 0L, 10L)).as("a holder is seen").isEqualTo(false);
    }
  }

  private static boolean isAlways(Callable<Boolean> look) throws Exception {
    boolean right = true;
    for (int i = 0; i < 4_000; i++) {
      right &= look.call();
    }
    return right;
  }

  private static void requireAllTrue(List<Callable<Boolean>> looks) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(looks.size());
    try {
      for (Future<Boolean> right : threads.invokeAll(looks)) {
        assertThat(right.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void isFree_inAnInterruptedThread_closesNothing() {
    assertThat(locks.hold(5)).isTrue();
    Thread.currentThread().interrupt();
    boolean free = locks.isFree(6, 1L << 60);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(free).isTrue();
    assertThat(locks.probe(5)).isEqualTo(Holder.THIS_JVM);
    assertThat(locks.hold(6)).as("the channel is still open").isTrue();
  }

  @Test
  void probe_inAnInterruptedThread_closesNothing() {
    assertThat(locks.hold(5)).isTrue();
    Thread.currentThread().interrupt();
    Holder free = locks.probe(6);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(free).isEqualTo(Holder.NOBODY);
    assertThat(locks.probe(5)).isEqualTo(Holder.THIS_JVM);
    assertThat(locks.hold(6)).as("the channel is still open").isTrue();
  }

  @Test
  void exclusive_whileHeld_waitsAndThenSaysWhatToDo() {
    try (Owners.Held first = locks.exclusive(Duration.ofSeconds(1))) {
      assertThatThrownBy(() -> locks.exclusive(Duration.ofMillis(20)))
          .isInstanceOf(StateDirectoryException.class)
          .hasMessageContaining(path.toString())
          .hasMessageContaining("look for one that is stopped");
    }
    locks.exclusive(Duration.ofSeconds(1)).close();
  }

  @Test
  void open_anotherFile_isAnotherLockFile() throws IOException {
    Path other = directory.resolve("other.lock");
    LockFile others = LockFile.open(other);
    assertThat(locks.hold(3)).isTrue();
    assertThat(others.probe(3)).isEqualTo(Holder.NOBODY);
    assertThat(LockFile.open(path)).isSameAs(locks);
    assertThat(LockFile.open(other)).isSameAs(others);
    assertThat(others.inode()).isEqualTo(Files.getAttribute(other, "unix:ino"));
  }

  @Test
  void isInPlace_anotherFileAtThePath_isFalse() throws IOException {
    Files.move(path, directory.resolve("away")); // still there, so its inode is not used again
    assertThat(locks.isInPlace()).isFalse();
    Files.createFile(path);
    assertThat(locks.isInPlace()).isFalse();
  }

  @Test
  @Timeout(20)
  void exclusive_whileHeldForAMoment_isHadAfterwards() throws Exception {
    Owners.Held first = locks.exclusive(Duration.ofDays(1));
    Thread second = new Thread(() -> locks.exclusive(Duration.ofDays(1)).close(), "second");
    second.start();
    Await.until("it waits", () -> second.getState() == Thread.State.TIMED_WAITING);
    first.close();
    second.join();
    assertThat(locks.probe(0)).isEqualTo(Holder.NOBODY);
  }
}
