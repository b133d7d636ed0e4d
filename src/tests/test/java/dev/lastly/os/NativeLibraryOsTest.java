package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQLite's native library, when the directory for it is missing, full, read-only or shared. */
@Tag("os")
class NativeLibraryOsTest {
  private static final String NAME = System.mapLibraryName("sqlitejdbc");

  @TempDir private Path base;
  private Path cache;
  private Path state;
  private Path temp;

  @BeforeEach
  void directories() throws IOException {
    cache = Files.createDirectory(base.resolve("cache"));
    state = Files.createDirectory(base.resolve("state"));
    temp = Files.createDirectory(base.resolve("tmp"));
  }

  private WorkerProcess.Launcher launcher() {
    return WorkerProcess.launcher().cacheHome(cache).with("-Djava.io.tmpdir=" + temp);
  }

  /** With the world around it changed by a script. */
  private WorkerProcess start(String script) throws Exception {
    return launcher().under(Shell.mounted(script)).start();
  }

  private String mount(String options, Path where) {
    return "mount -t tmpfs -o " + options + " tmpfs " + where + "\n";
  }

  private static List<Path> libraries(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(p -> p.getFileName().toString().contains("sqlite")).toList();
    }
  }

  private void assertOpens(WorkerProcess worker) throws Exception {
    assertThat(worker.call("open m " + state + " reap=0")).isEqualTo("1");
    worker.kill();
    assertThat(libraries(temp)).isEmpty();
  }

  private String refusal(WorkerProcess worker) throws Exception {
    String refusal = worker.refused("open m " + state + " reap=0");
    worker.kill();
    assertThat(libraries(temp)).isEmpty();
    return refusal;
  }

  @Test
  void open_cacheMountedNoexec_isLoadedFromTheStateDirectory() throws Exception {
    try (WorkerProcess worker = start(mount("noexec", cache))) {
      assertOpens(worker);
    }
    assertThat(libraries(state.resolve("deferred/cache"))).hasSize(1);
  }

  @Test
  void open_everyPlaceMountedNoexec_saysWhichAndWhyAndLeavesNothing() throws Exception {
    try (WorkerProcess worker = start(mount("noexec", cache) + mount("noexec", state))) {
      assertThat(refusal(worker))
          .contains(cache.resolve("lastly/native").toString())
          .contains(state.resolve("deferred/cache/native").toString())
          .contains("noexec")
          .contains("Set XDG_CACHE_HOME to a directory")
          .contains("org.sqlite.lib.path");
    }
  }

  @Test
  void open_cacheFullOrReadOnly_isLoadedFromTheStateDirectory() throws Exception {
    for (String options : new String[] {"size=64k", "ro"}) {
      try (WorkerProcess worker = start(mount(options, cache))) {
        assertThat(worker.call("open m " + state + " reap=0")).isNotEmpty();
        worker.kill();
      }
    }
    assertThat(libraries(state.resolve("deferred/cache"))).hasSize(1);
    assertThat(libraries(temp)).isEmpty();
  }

  /** As in a container image: complete and read-only. */
  @Test
  void open_cacheReadOnlyButComplete_isLoadedFromThere() throws Exception {
    try (WorkerProcess first = launcher().start()) {
      first.call("open m " + state + " reap=0");
    }
    try (WorkerProcess worker =
        start("mount --bind " + cache + " " + cache + "; mount -o remount,ro,bind " + cache)) {
      worker.call("open m " + state + " reap=0");
      assertThat(Files.readString(Path.of("/proc/" + worker.pid() + "/maps")))
          .contains(cache.resolve("lastly/native").toString());
    }
    assertThat(state.resolve("deferred/cache")).doesNotExist();
  }

  @Test
  void open_libraryDamagedButOfTheSameLength_isReplaced() throws Exception {
    try (WorkerProcess first = launcher().start()) {
      first.call("open m " + state + " reap=0");
    }
    Path library = libraries(cache).get(0);
    byte[] whole = Files.readAllBytes(library);
    for (byte[] damaged : new byte[][] {new byte[whole.length], flipped(whole), new byte[9]}) {
      Files.write(library, damaged);
      try (WorkerProcess worker = launcher().start()) {
        worker.call("open m " + state + " reap=0");
      }
      assertThat(Files.readAllBytes(library)).isEqualTo(whole);
    }
    assertThat(libraries(base)).containsExactly(library);
  }

  private static byte[] flipped(byte[] whole) {
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 1;
    return flipped;
  }

  @Test
  void open_cacheIsALinkToAnothersDirectory_isPassedOver() throws Exception {
    Path foreign = Files.createDirectory(base.resolve("foreign"));
    Path leaf = foreign.resolve("lastly/native");
    try (WorkerProcess first = launcher().start()) {
      first.call("open m " + state + " reap=0");
    }
    Path native0 = libraries(cache).get(0).getParent();
    Path below = cache.resolve("lastly/native").relativize(native0);
    Files.createDirectories(leaf.resolve(below));
    Shell.run("chown", "-R", "65534", foreign.toString());
    Files.createSymbolicLink(base.resolve("link"), foreign);
    try (WorkerProcess worker =
        WorkerProcess.launcher()
            .cacheHome(base.resolve("link"))
            .with("-Djava.io.tmpdir=" + temp)
            .start()) {
      worker.call("open m " + state + " reap=0");
      worker.kill();
    }
    assertThat(libraries(state.resolve("deferred/cache"))).hasSize(1);
    assertThat(libraries(foreign)).isEmpty();
  }

  @Test
  void open_noHomeAndNoCache_isLoadedFromTheStateDirectory() throws Exception {
    for (String home : new String[] {"?", "/", "", "relative", "/h\uFFFDme"}) {
      Path own = base.resolve("state" + home.length() + home.hashCode());
      try (WorkerProcess worker =
          WorkerProcess.launcher()
              .under("env", "-u", "XDG_CACHE_HOME", "-u", "HOME")
              .with("-Duser.home=" + home, "-Djava.io.tmpdir=" + temp)
              .start()) {
        worker.call("open m " + own + " reap=0");
        worker.kill();
      }
      assertThat(libraries(own.resolve("deferred/cache"))).as(home).hasSize(1);
    }
    assertThat(libraries(temp)).isEmpty();
  }

  /** The C locale spells it otherwise: another directory must not be made. */
  @Test
  void open_homeThatTheLocaleCannotSpell_leavesNoOtherDirectory() throws Exception {
    Path home = Files.createDirectory(base.resolve("h\u00fcme"));
    try (WorkerProcess worker =
        WorkerProcess.launcher()
            .under("env", "LC_ALL=C", "XDG_CACHE_HOME=" + home)
            .with("-Djava.io.tmpdir=" + temp)
            .start()) {
      assertOpens(worker);
    }
    try (Stream<Path> names = Files.list(base)) {
      assertThat(names.filter(p -> p.getFileName().toString().startsWith("h")))
          .containsExactly(home);
    }
  }

  @Test
  void open_libraryThatTheApplicationChose_isUsedOrSaidToBeUnfit() throws Exception {
    try (WorkerProcess first = launcher().start()) {
      first.call("open m " + state + " reap=0");
    }
    Path library = libraries(cache).get(0);
    Path chosen = Files.createDirectory(base.resolve("chosen"));
    Files.copy(library, chosen.resolve("mine.so"));
    try (WorkerProcess worker =
        launcher()
            .with("-Dorg.sqlite.lib.path=" + chosen, "-Dorg.sqlite.lib.name=mine.so")
            .start()) {
      worker.call("open m " + state + " reap=0");
      assertThat(Files.readString(Path.of("/proc/" + worker.pid() + "/maps"))).contains("mine.so");
    }
    try (WorkerProcess worker = launcher().with("-Dorg.sqlite.lib.path=" + chosen).start()) {
      worker.call("open m " + state + " reap=0");
      assertThat(worker.errors())
          .contains(chosen.resolve(NAME) + ", which org.sqlite.lib.path names");
      worker.kill();
    }
    assertThat(libraries(temp)).isEmpty();
  }

  /** Each needs a copy of its own, and none may be left behind by a kill. */
  @Test
  void open_inTwoClassLoadersEachWithADriver_leavesNothingInTheTempDirectory() throws Exception {
    for (int round = 0; round < 2; round++) {
      try (WorkerProcess server = launcher().start()) {
        for (String copy : new String[] {"a", "b", "c"}) {
          server.call("loader " + copy);
          server.call("in " + copy + " open m " + base.resolve("own" + copy) + " reap=0");
        }
        server.kill();
      }
    }
    assertThat(libraries(temp)).isEmpty();
    assertThat(libraries(cache)).hasSize(3);
  }
}
