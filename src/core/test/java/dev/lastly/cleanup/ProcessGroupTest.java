package dev.lastly.cleanup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.proc.ProcStat;
import dev.lastly.model.UnresolvableFunctionException;
import dev.lastly.support.Await;
import dev.lastly.support.ChildJvm;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProcessGroupTest {
  private final List<ProcessGroup> groups = new ArrayList<>();
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endAll() throws Exception {
    for (ProcessGroup group : groups) {
      Processes.terminateGroup(group, Duration.ZERO);
    }
    started.forEach(Process::destroyForcibly);
  }

  /** Starts a script through setsid(1) and waits until it leads a session. */
  private Process start(String script) throws Exception {
    Process process = new ProcessBuilder("setsid", "sh", "-c", script).start();
    started.add(process);
    Await.until("it leads a session", () -> leadsSession(process));
    return process;
  }

  private static boolean leadsSession(Process process) throws IOException {
    ProcStat stat = ProcEntries.read(process.pid());
    return stat != null && stat.session() == stat.pid();
  }

  private ProcessGroup groupOf(Process process) throws IOException {
    ProcessGroup group = ProcessGroup.of(process);
    groups.add(group);
    return group;
  }

  private static long number(Process process) throws IOException {
    return Long.parseLong(process.inputReader().readLine().strip());
  }

  @Test
  void terminateGroup_groupsWithinTheSession_areEndedToo() throws Exception {
    Process process = start("set -m; sleep 100 & echo $!; wait");
    long child = number(process);
    Processes.terminateGroup(groupOf(process), Duration.ofSeconds(5));
    assertThat(ProcessStates.gone(process.pid())).isTrue();
    assertThat(ProcessStates.gone(child)).isTrue();
  }

  @Test
  void terminateGroup_leaderHasEnded_endsWhatItLeft() throws Exception {
    Process process = start("(trap '' TERM; exec sleep 100) & echo $!; read -r line");
    long child = number(process);
    ProcessGroup group = groupOf(process);
    process.getOutputStream().close();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(ProcessStates.gone(child)).isFalse();
    Processes.terminateGroup(group, Duration.ofMillis(100));
    assertThat(ProcessStates.gone(child)).isTrue();
    Processes.terminateGroup(group, Duration.ofMillis(100));
  }

  @Test
  void terminateGroup_processThatHasLeftTheSession_isLeftAlone() throws Exception {
    Process process = start("setsid sleep 100 & echo $!; wait");
    long daemon = number(process);
    Await.until(
        "it has left", () -> Objects.requireNonNull(ProcEntries.read(daemon)).session() == daemon);
    Processes.terminateGroup(groupOf(process), Duration.ofSeconds(5));
    assertThat(ProcessStates.gone(process.pid())).isTrue();
    assertThat(ProcessStates.gone(daemon)).isFalse();
    Processes.terminate(ProcessId.of(daemon), Duration.ZERO);
  }

  @Test
  void terminateGroup_numberOfAnotherSession_isNotSignalled() throws Exception {
    Process process = start("sleep 100");
    ProcessGroup group = groupOf(process);
    ProcessId id = group.leader();
    for (ProcessGroup other :
        List.of(
            with(id.pid(), id.startTicks() + 1, id.bootId(), id.pidNamespace()),
            with(id.pid(), id.startTicks() - 1, id.bootId(), id.pidNamespace()),
            with(id.pid(), id.startTicks() - 1, "another", id.pidNamespace()))) {
      Processes.terminateGroup(other, Duration.ZERO);
    }
    assertThat(process.waitFor(100, TimeUnit.MILLISECONDS)).isFalse();
  }

  @Test
  void terminateGroup_anotherBootIdAndItsSessionRuns_isUnresolvable() throws Exception {
    Process process = start("sleep 100 & echo $!; read -r line");
    long child = number(process);
    ProcessId id = groupOf(process).leader();
    ProcessGroup other = with(id.pid(), id.startTicks(), "another", id.pidNamespace());
    assertUnresolvable(other, "boot id another");
    process.getOutputStream().close();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertUnresolvable(other, "boot id another"); // its child is left
    assertThat(ProcessStates.gone(child)).isFalse();
    Processes.terminate(ProcessId.of(child), Duration.ZERO);
    Processes.terminateGroup(other, Duration.ZERO);
  }

  private static void assertUnresolvable(ProcessGroup group, String reason) {
    assertThatThrownBy(() -> Processes.terminateGroup(group, Duration.ZERO))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContaining(reason);
    assertThatThrownBy(() -> Commands.runAfter(group, Duration.ZERO, Command.of("true")))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContaining(reason);
  }

  /** Locks of a dead process are free a moment before the rest of its namespace is ended. */
  @Test
  void terminateGroup_startedByInitElsewhere_waitsOnceForItsNamespaceToEnd() throws Exception {
    ProcessGroup group = new ProcessGroup(new ProcessId(7, 1, "b", "pid:[1]"), true);
    boolean seen = PidNamespaces.areVisible(Viewpoint.current());
    long begin = System.nanoTime();
    Processes.terminateGroup(group, Duration.ZERO);
    Duration first = Duration.ofNanos(System.nanoTime() - begin);
    assertThat(first.compareTo(Processes.NAMESPACE_SETTLES) >= 0).isEqualTo(!seen);
    begin = System.nanoTime();
    Processes.terminateGroup(group, Duration.ZERO);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Processes.NAMESPACE_SETTLES);
  }

  private static ProcessGroup with(long pid, long ticks, String bootId, String namespace) {
    return new ProcessGroup(new ProcessId(pid, ticks, bootId, namespace), false);
  }

  @Test
  void terminateGroup_ourOwn_isRefused() throws Exception {
    assertThat(ofOurOwn("terminate"))
        .contains("terminateGroup refuses", "belongs to it; another process");
  }

  @Test
  void runAfter_ourOwn_runsNothing() throws Exception {
    assertThat(ofOurOwn("run"))
        .contains("terminateGroup refuses", "belongs to it; another process");
  }

  /** What a JVM is told that would end the group that it leads. */
  private String ofOurOwn(String way) throws Exception {
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(ChildJvm.command());
    command.addAll(List.of(OwnGroup.class.getName(), way));
    Process process = new ProcessBuilder(command).start();
    started.add(process);
    return new String(process.getInputStream().readAllBytes(), UTF_8).strip();
  }

  @Test
  void of_childThatLeadsNoSession_isRefused() throws Exception {
    Process process = new ProcessBuilder("sleep", "100").start();
    started.add(process);
    assertThatThrownBy(() -> ProcessGroup.of(process))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("leads no session");
  }

  @Test
  void runAfter_groupThatLives_isGoneWhenTheCommandRuns() throws Exception {
    Process process = start("sleep 100 & echo $!; wait");
    long child = number(process);
    String look = "case $(cut -d ')' -f 2 /proc/%d/stat) in ''|' Z'*) ;; *) echo there; esac";
    CommandOutput output =
        Commands.runAfter(
            groupOf(process),
            Duration.ofSeconds(5),
            Command.of("sh", "-c", look.formatted(child) + " 2>/dev/null"));
    assertThat(output.text()).isEmpty();
  }
}
