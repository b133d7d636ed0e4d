package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs Linux, root, unshare(1), mount(8) and setpriv(1). */
@Tag("os")
class MountsOsTest {
  @TempDir Path dir;

  /**
   * Runs a script in a mount namespace of its own, in which {@code $M} is a directory with a blank
   * and a {@code 'ü'} in its name, and {@code unmount} unmounts it.
   */
  private String run(String script) throws Exception {
    List<String> probe = new ArrayList<>(ChildJvm.command());
    probe.addAll(List.of(ActionProbe.class.getName(), "unmount"));
    String unmount =
        "unmount() { LC_ALL=C.UTF-8 $AS "
            + probe.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "))
            + " \"$M\"; }\n";
    Path point = Files.createDirectory(dir.resolve("a b\u00fc"));
    return Commands.run(
            Command.of("unshare", "-m", "sh", "-c", unmount + script)
                .withEnvironment("M", point.toString())
                .withTimeout(Duration.ofMinutes(2))
                .withSuccessExitCodes(Set.of(0)))
        .text();
  }

  @Test
  void unmount_mountedTwice_isDoneAndTheDirectoryRemains() throws Exception {
    String said =
        run(
            "mount -t tmpfs one \"$M\"; mount -t tmpfs two \"$M\"; unmount; unmount;"
                + " grep -c ' /.*a.040b' /proc/self/mountinfo; ls -d \"$M\"");
    assertThat(said).isEqualTo("done\ndone\n0\n" + dir.resolve("a b\u00fc") + "\n");
  }

  /** A process has its working directory there: EBUSY. */
  @Test
  void unmount_inUse_isDetached() throws Exception {
    String said =
        run(
            "mount -t tmpfs one \"$M\"; mkdir \"$M/below\"; mount -t tmpfs two \"$M/below\";"
                + " (cd \"$M\" && exec sleep 50) >/dev/null 2>&1 & user=$!; unmount;"
                + " grep -c ' /.*a.040b' /proc/self/mountinfo; kill $user");
    assertThat(said).isEqualTo("done\n0\n");
  }

  @Test
  void unmount_withoutThePrivilege_fails() throws Exception {
    String said =
        run(
            "mount -t tmpfs one \"$M\";"
                + " AS='setpriv --bounding-set -sys_admin --inh-caps -sys_admin'; unmount;"
                + " grep -c ' /.*a.040b' /proc/self/mountinfo");
    assertThat(said)
        .startsWith("IOException: unmount cannot unmount '" + dir.resolve("a b\u00fc"))
        .contains("umount exited with")
        .endsWith("\n1\n");
  }
}
