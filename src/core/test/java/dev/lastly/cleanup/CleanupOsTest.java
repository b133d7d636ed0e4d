package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs Linux, root, unshare(1), mount(8), setpriv(1) and perl(1). */
@Tag("os")
class CleanupOsTest {
  @TempDir Path dir;

  /** Runs a script in which {@code $T} is the tree and {@code $PROBE} deletes it. */
  private String run(String script) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
    String probe =
        "%s -XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto -cp %s %s %s/tree"
            .formatted(
                java, System.getProperty("java.class.path"), DeleteTreeProbe.class.getName(), dir);
    return Commands.run(
            Command.of("unshare", "-m", "sh", "-c", script)
                .withEnvironment("PROBE", probe)
                .withEnvironment("T", dir + "/tree")
                .withTimeout(Duration.ofSeconds(30))
                .withSuccessExitCodes(Set.of(0, 1)))
        .text();
  }

  /**
   * Exchanges a directory and a link in one system call, renameat2(2), as fast as it goes: between
   * the look at the directory and its opening it is the link about as often as not.
   */
  @Test
  void deleteTree_directoryAtomicallySwappedForLink_neverTouchesTheTarget() throws Exception {
    Path victim = Files.createDirectories(dir.resolve("victim"));
    Path precious = Files.writeString(victim.resolve("precious"), "x");
    Path swapped = dir.resolve("tree/d");
    Path other = Files.createSymbolicLink(dir.resolve("other"), victim);
    int renameat2 = System.getProperty("os.arch").equals("aarch64") ? 276 : 316;
    String loop = "$|=1; print \"on\\n\"; syscall(%d,-100,$ARGV[0],-100,$ARGV[1],2) while 1";
    Files.createDirectories(swapped);
    Process swapper =
        new ProcessBuilder(
                "perl", "-e", loop.formatted(renameat2), swapped.toString(), other.toString())
            .start();
    try {
      assertThat(swapper.inputReader().readLine()).isEqualTo("on");
      for (int i = 0; i < 500; i++) {
        deleteUnderFire(swapped, other, victim);
        assertThat(precious).exists();
      }
      assertThat(swapper.isAlive()).isTrue();
    } finally {
      swapper.destroyForcibly();
    }
  }

  private void deleteUnderFire(Path swapped, Path other, Path victim) throws Exception {
    Await.until("deleted", this::deleteMayLoseTheRace);
    // Without the swapped name the exchange fails: create both again, the link first.
    Cleanup.deleteTree(other);
    Files.createSymbolicLink(other, victim);
    Files.createDirectories(swapped);
  }

  private boolean deleteMayLoseTheRace() throws InterruptedException {
    try {
      Cleanup.deleteTree(dir.resolve("tree"));
      return true;
    } catch (IOException swappedTwice) {
      assertThat(swappedTwice).hasMessageContaining("left 1 entry");
      return false;
    }
  }

  @Test
  void deleteTree_mountsBelow_areLeftAndReportedAndTheRestIsDeleted() throws Exception {
    Path precious = Files.createDirectories(dir.resolve("precious"));
    Files.writeString(precious.resolve("file"), "x");
    String output =
        run(
            "mkdir -p $T/'bind 1' $T/tmp $T/rest && touch $T/rest/x $T/onefile && "
                + "mount --bind $T/../precious $T/'bind 1' && mount -t tmpfs none $T/tmp && "
                + "touch $T/tmp/kept && mount --bind $T/../precious/file $T/onefile && "
                + "{ $PROBE; ls $T/tmp $T; }");
    assertThat(output)
        .contains("left 3 entries")
        .contains("bind 1: is another mounted file system")
        .contains("tmp: is another mounted file system")
        .contains("kept")
        .contains("onefile")
        .doesNotContain("rest");
    assertThat(precious.resolve("file")).exists();
  }

  @Test
  void deleteTree_fewDescriptors_deletesADeepTree() throws Exception {
    Path chain = Files.createDirectories(dir.resolve("n0"));
    for (int i = 1; i <= 3_000; i++) {
      Path above = Files.createDirectory(dir.resolve("n" + i));
      Files.move(chain, above.resolve("d"));
      chain = above;
    }
    Files.move(chain, dir.resolve("tree"));
    assertThat(run("ulimit -n 128; $PROBE")).isEqualTo("deleted\n");
    assertThat(dir.resolve("tree")).doesNotExist();
  }

  @Test
  void deleteTree_notRoot_givesItselfPermissionsAndReportsWhatIsNotItsOwn() throws Exception {
    String asUnprivilegedUser = "setpriv --reuid 65534 --regid 65534 --clear-groups ";
    String prepare =
        "mkdir -p $T/a/b $T/c/d $T/e && touch $T/a/b/x $T/c/d/y $T/e/z && "
            + "chown -R 65534:65534 $T && chmod 500 $T/a && chmod 300 $T/a/b && "
            + "chmod 0 $T/c/d && chmod 0 $T/c && chmod 755 $T/.. && cd / && ";
    assertThat(run(prepare + "chmod 777 $T/.. && " + asUnprivilegedUser + "$PROBE"))
        .isEqualTo("deleted\n");
    assertThat(
            run(
                prepare
                    + "chown -R 0:0 $T/e && chmod 777 $T/.. && "
                    + asUnprivilegedUser
                    + "$PROBE; ls $T"))
        .contains("left 1 entry")
        .contains("e/z: AccessDenied")
        .endsWith("e\n");
  }

  @Test
  void deleteTree_parentThatMayNotBeSearched_isAnErrorAndNotDone() throws Exception {
    String asUnprivilegedUser = "setpriv --reuid 65534 --regid 65534 --clear-groups ";
    assertThat(
            run(
                "mkdir -p $T.closed/tree && chmod 755 ${T%/tree} && chmod 700 $T.closed && cd / && "
                    + asUnprivilegedUser
                    + "${PROBE}.closed/tree"))
        .contains("AccessDenied")
        .doesNotContain("deleted");
    assertThat(dir.resolve("tree.closed/tree")).exists();
  }

  @Test
  void deleteTree_workingDirectoryThatTheLocaleCannotSpell_isLeftToAnotherProcess()
      throws Exception {
    for (String tree : new String[] {"tree", "tree/above"}) {
      assertThat(
              run(
                  "mkdir -p $T/above/\"$(printf 'w\\303\\274')\" && cd $T/above/w* && LC_ALL=C "
                      + "${PROBE%tree}"
                      + tree))
          .contains("UnresolvableFunctionException", "its working directory")
          .doesNotContain("deleted");
    }
  }

  /** The JVM says '/…/h??/tree' of it. */
  @Test
  void deleteTree_homeThatTheLocaleCannotSpell_isLeftToAnotherProcess() throws Exception {
    String account = "root:x:0:0:root:%s/h\\303\\274/tree:/bin/sh\n".formatted(dir);
    assertThat(
            run(
                "cd ${T%/tree} && mkdir -p \"$(printf 'h\\303\\274')\"/tree && ln -s h* link &&"
                    + " printf '"
                    + account
                    + "' > $T.passwd && mount --bind $T.passwd /etc/passwd && cd / && unset HOME &&"
                    + " LC_ALL=C ${PROBE%tree}link/tree"))
        .contains("UnresolvableFunctionException", "the home of its user")
        .doesNotContain("deleted");
  }

  @Test
  void deleteTree_asciiLocale_deletesNamesItCannotDecode() throws Exception {
    assertThat(run("mkdir -p $T/\"$(printf '\\377\\303\\274')\"/x && LC_ALL=C $PROBE"))
        .isEqualTo("deleted\n");
  }
}
