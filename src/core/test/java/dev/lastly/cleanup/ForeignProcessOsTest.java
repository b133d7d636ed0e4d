package dev.lastly.cleanup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.UnresolvableFunctionException;
import dev.lastly.support.Await;
import dev.lastly.support.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that the caller cannot see, or sees with another pid, boot id or clock, is never ended
 * and never reported as gone. Needs root, in the first pid namespace of the machine.
 */
@Tag("os")
class ForeignProcessOsTest {
  private static final List<String> NEW_PID_NAMESPACE =
      List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
  private static final List<String> AS_NOBODY =
      List.of(
          "setpriv",
          "--reuid",
          "65534",
          "--regid",
          "65534",
          "--clear-groups",
          "--inh-caps=+dac_read_search",
          "--ambient-caps=+dac_read_search");

  private final List<Process> started = new ArrayList<>();
  @TempDir private Path dir;

  @AfterEach
  void killAll() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Process start(String... arguments) throws IOException {
    Process process = new ProcessBuilder(arguments).start();
    started.add(process);
    return process;
  }

  /** What an action says in a JVM that is started through a command. */
  private static String probe(List<String> under, String action, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(under);
    command.addAll(ChildJvm.command());
    command.addAll(List.of(ActionProbe.class.getName(), action));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new String(process.getInputStream().readAllBytes(), UTF_8).strip();
  }

  private static List<String> mounted(String script) {
    return List.of("unshare", "-m", "sh", "-ec", script + "\nexec \"$@\"", "sh");
  }

  private static List<String> mounted(String script, List<String> then) {
    List<String> command = new ArrayList<>(mounted(script));
    command.addAll(then);
    return command;
  }

  private static void assertUnresolvable(String said, String... reasons) {
    assertThat(said).startsWith("UnresolvableFunctionException: ");
    assertThat(List.of(reasons)).allSatisfy(reason -> assertThat(said).contains(reason));
  }

  /** A container, and what one of its processes is called in there. */
  private record Container(Process process, long outside, ProcessId id) {}

  /** Its process 1 is a shell, which has one child, and goes on when that ends. */
  private Container container(String child) throws Exception {
    List<String> command = new ArrayList<>(NEW_PID_NAMESPACE);
    command.addAll(List.of("sh", "-c", child + " & wait; echo; exec sleep 100"));
    Process process = start(command.toArray(String[]::new));
    Await.until("it runs", () -> process.descendants().count() == 2);
    long outside = process.descendants().skip(1).findFirst().orElseThrow().pid();
    Await.until(
        "it is what it will be",
        () -> Files.readString(Path.of("/proc/" + outside + "/comm")).equals("sleep\n"));
    List<Long> pids = NamespaceNumbers.read(Long.toString(outside)).pids();
    ProcessId seen = ProcessId.of(outside);
    ProcessId inside =
        new ProcessId(
            pids.get(1),
            seen.startTicks(),
            seen.bootId(),
            Viewpoint.pidNamespaceOf(Long.toString(outside)));
    return new Container(process, outside, inside);
  }

  private static ProcessId ofBoot(ProcessId id, String bootId) {
    return new ProcessId(id.pid(), id.startTicks(), bootId, id.pidNamespace());
  }

  @Test
  void terminate_fromAnotherPidNamespace_isUnresolvableAndLeavesIt() throws Exception {
    Process process = start("sleep", "100");
    ProcessId id = ProcessId.of(process);
    assertUnresolvable(
        probe(NEW_PID_NAMESPACE, "terminate", ActionProbe.words(id)),
        "another pid namespace (" + id.pidNamespace() + ")",
        "as root on the machine itself");
    // A container with a boot id of its own: that is no reboot.
    assertUnresolvable(
        probe(NEW_PID_NAMESPACE, "terminate", ActionProbe.words(ofBoot(id, "another"))),
        "another pid namespace");
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void terminate_inAContainer_isDoneOnTheMachineOnceItHasEnded() throws Exception {
    Container container = container("setsid sleep 100");
    ProcessGroup group = new ProcessGroup(container.id, false);
    List<ProcessId> ids = List.of(container.id, ofBoot(container.id, "another"));
    for (ProcessId id : ids) {
      assertUnseen(id);
    }
    assertThat(ProcessStates.gone(container.outside)).isFalse();
    start("kill", "-9", container.outside + "").waitFor();
    assertThat(container.process.inputReader().readLine()).isEmpty();
    for (ProcessId id : ids) { // its namespace still lives, but not it
      Processes.terminate(id);
      Processes.terminateGroup(new ProcessGroup(id, false), Duration.ZERO);
    }
    assertThat(container.process.isAlive()).isTrue();
    Container other = container("setsid sleep 100");
    assertUnseen(other.id);
    other.process.destroyForcibly().waitFor();
    Await.until("it has ended", () -> ProcessStates.gone(other.outside));
    Processes.terminate(other.id);
    Processes.terminateGroup(group, Duration.ZERO);
  }

  private static void assertUnseen(ProcessId id) {
    assertThatThrownBy(() -> Processes.terminate(id))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContaining("another pid namespace (" + id.pidNamespace() + ")");
    assertThatThrownBy(() -> Processes.terminateGroup(new ProcessGroup(id, false), Duration.ZERO))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContaining("another pid namespace (" + id.pidNamespace() + ")");
  }

  @Test
  void terminateGroup_startedByInitAndStillThere_isUnresolvable() throws Exception {
    Container container = container("setsid sleep 100");
    ProcessGroup group = new ProcessGroup(container.id, true);
    assertThatThrownBy(() -> Processes.terminateGroup(group, Duration.ZERO))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContaining("should have ended with its pid namespace");
    assertThat(probe(NEW_PID_NAMESPACE, "initGroup", ActionProbe.words(container.id)))
        .as("from where it cannot be seen")
        .isEqualTo("done");
    assertThat(ProcessStates.gone(container.outside)).isFalse();
  }

  /** As with docker's --pid=host. */
  @Test
  void terminate_samePidNamespaceAndABootIdOfItsOwn_isDoneOnlyWhenItHasEnded() throws Exception {
    Path bootId = Files.writeString(dir.resolve("boot_id"), "11111111-2222-3333-4444-5555\n");
    List<String> ofItsOwn = mounted("mount --bind " + bootId + " /proc/sys/kernel/random/boot_id");
    Process process = start("setsid", "sleep", "100");
    ProcessId id = ProcessId.of(process);
    for (String action : List.of("terminate", "group")) {
      assertUnresolvable(probe(ofItsOwn, action, ActionProbe.words(id)), "11111111-2222");
    }
    assertThat(process.isAlive()).isTrue();
    process.destroyForcibly().waitFor();
    for (String action : List.of("terminate", "group")) {
      assertThat(probe(ofItsOwn, action, ActionProbe.words(id))).isEqualTo("done");
    }
  }

  @Test
  void terminate_hiddenByHidepid_isDoneOnlyWhenItHasEnded() throws Exception {
    for (String hidepid : List.of("1", "2", "4")) {
      List<String> hidden =
          mounted("mount -t proc -o hidepid=" + hidepid + " proc /proc", AS_NOBODY);
      Process process = start("setsid", "sleep", "100");
      ProcessId id = ProcessId.of(process);
      for (String action : List.of("terminate", "group")) {
        assertUnresolvable(probe(hidden, action, ActionProbe.words(id)));
      }
      assertThat(process.isAlive()).isTrue();
      process.destroyForcibly().waitFor();
      for (String action : List.of("terminate", "group")) {
        assertThat(probe(hidden, action, ActionProbe.words(id))).isEqualTo("done");
      }
    }
  }

  @Test
  void terminateGroup_onlyAHiddenMemberIsLeft_isUnresolvable() throws Exception {
    List<String> hidden = mounted("mount -t proc -o hidepid=2 proc /proc", AS_NOBODY);
    Process process = start("setsid", "sh", "-c", "sleep 100 & echo $!; read -r line");
    long child = Long.parseLong(process.inputReader().readLine());
    ProcessId id = ProcessId.of(process);
    process.getOutputStream().close();
    process.waitFor();
    assertUnresolvable(probe(hidden, "group", ActionProbe.words(id)), "hidepid");
    assertThat(ProcessStates.gone(child)).isFalse();
    Processes.terminateGroup(new ProcessGroup(id, false), Duration.ZERO);
    assertThat(ProcessStates.gone(child)).isTrue();
  }

  /** It executes a program with the set-user-ID bit when it is told to end. */
  @Test
  void terminate_hiddenOnlyWhileItIsEnded_isUnresolvable() throws Exception {
    Path program = Files.copy(Path.of("/bin/sleep"), dir.resolve("sleep"));
    start("chmod", "4755", program.toString()).waitFor();
    start("chmod", "755", dir.toString()).waitFor();
    String script = "trap 'exec %s 100' TERM; echo; while :; do sleep 0.05; done";
    List<String> command =
        new ArrayList<>(List.of("setpriv", "--reuid", "65534", "--regid", "65534"));
    command.addAll(List.of("--clear-groups", "sh", "-c", script.formatted(program)));
    Process process = start(command.toArray(String[]::new));
    assertThat(process.inputReader().readLine()).isEmpty();
    List<String> hidden = mounted("mount -t proc -o hidepid=2 proc /proc", AS_NOBODY);
    assertUnresolvable(
        probe(hidden, "terminate", ActionProbe.words(ProcessId.of(process))), "hides it");
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void terminate_anotherUsers_isLeftToThatUser() throws Exception {
    Process process = start("setsid", "sleep", "100");
    for (String action : List.of("terminate", "group")) {
      assertUnresolvable(
          probe(AS_NOBODY, action, ActionProbe.words(ProcessId.of(process))),
          "no permission to signal process [" + process.pid() + "]");
    }
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void terminate_procOfAnotherPidNamespace_isUnresolvable() throws Exception {
    List<String> foreignProc = List.of("unshare", "--pid", "--fork", "--kill-child");
    Process process = start("sleep", "100");
    ProcessId id = ProcessId.of(process);
    assertUnresolvable(
        probe(foreignProc, "terminate", ActionProbe.words(id)), "another pid namespace");
    assertThat(probe(foreignProc, "identify", process.pid() + ""))
        .startsWith("IOException: /proc belongs to another pid namespace");
    assertThat(process.isAlive()).isTrue();
  }

  /** A reader in another time namespace is shown other start ticks. */
  @Test
  void terminate_clockOfATimeNamespace_findsTheSameProcess() throws Exception {
    List<String> shifted = List.of("unshare", "--time", "--boottime", "1000", "--fork");
    Process process = start("sleep", "100");
    assertThat(probe(shifted, "terminate", ActionProbe.words(ProcessId.of(process))))
        .isEqualTo("done");
    assertThat(process.waitFor()).isEqualTo(128 + 15);
  }
}
