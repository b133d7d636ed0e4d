package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunction;
import dev.lastly.internal.proc.BootClock;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.UnresolvableFunctionException;
import dev.lastly.support.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProcessesTest {
  private final List<Process> started = new ArrayList<>();

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

  /** Starts a shell script that prints a line when it is set up; returns the line's number. */
  private static long number(Process process) throws IOException {
    return Long.parseLong(process.inputReader().readLine().strip());
  }

  @Test
  void of_liveProcess_identifiesIt_andEndedOne_isRefused() throws Exception {
    assertThat(ProcessId.current()).isEqualTo(ProcessId.of(ProcessHandle.current().pid()));
    Process process = start("sleep", "100");
    ProcessId id = ProcessId.of(process);
    assertThat(id).isEqualTo(ProcessId.of(process.toHandle()));
    process.destroyForcibly().waitFor();
    assertThatThrownBy(() -> ProcessId.of(process))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has ended");
    assertThatThrownBy(() -> ProcessId.of(0)).isInstanceOf(IllegalArgumentException.class);
    Processes.terminate(id);
  }

  @Test
  void terminate_tree_endsAllDescendants() throws Exception {
    Process process = start("sh", "-c", "sh -c 'sleep 100 & echo $!; wait' & wait");
    long grandchild = number(process);
    Processes.terminate(ProcessId.of(process));
    assertThat(ProcessStates.gone(process.pid())).isTrue();
    assertThat(ProcessStates.gone(grandchild)).isTrue();
  }

  @Test
  void terminate_ignoresSigterm_isKilledAfterGraceWithItsChildren() throws Exception {
    Process process = start("sh", "-c", "trap '' TERM; sleep 100 & echo $!; wait; sleep 100");
    long child = number(process);
    long begin = System.nanoTime();
    Processes.terminate(ProcessId.of(process), Duration.ofMillis(300));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(300));
    assertThat(ProcessStates.gone(process.pid())).isTrue();
    assertThat(ProcessStates.gone(child)).isTrue();
  }

  @Test
  void terminate_forksWhileItDies_endsTheNewChildrenToo() throws Exception {
    Process process =
        start("sh", "-c", "trap 'sleep 100 & echo $!; wait' TERM; echo 1; sleep 100 & wait");
    assertThat(number(process)).isEqualTo(1);
    Processes.terminate(ProcessId.of(process), Duration.ofMillis(500));
    assertThat(ProcessStates.gone(process.pid())).isTrue();
    assertThat(ProcessStates.gone(number(process))).isTrue();
  }

  @Test
  void terminate_stopped_isKilled() throws Exception {
    Process process = start("sh", "-c", "kill -STOP $$; sleep 100");
    Await.until("stopped", () -> ProcessStates.state(process.pid()) == 'T');
    Processes.terminate(ProcessId.of(process), Duration.ofMillis(100));
    assertThat(ProcessStates.gone(process.pid())).isTrue();
  }

  @Test
  void terminate_sameNumberOtherStart_isNotSignalled() throws Exception {
    Process process = start("sleep", "100");
    ProcessId id = ProcessId.of(process);
    Processes.terminate(with(id, id.startTicks() + 1, id.bootId()), Duration.ZERO);
    Processes.terminate(with(id, id.startTicks() - 1, "another"), Duration.ZERO);
    assertThat(process.waitFor(100, TimeUnit.MILLISECONDS)).isFalse();
    Processes.terminate(id, Duration.ZERO);
    assertThat(process.waitFor()).isEqualTo(128 + 9);
  }

  /** A container that shares the pid namespace of the machine can have a boot id of its own. */
  @Test
  void terminate_anotherBootIdAndEverythingElseTheSame_isUnresolvable() throws Exception {
    Process process = start("sleep", "100");
    ProcessId id = ProcessId.of(process);
    assertThatThrownBy(() -> Processes.terminate(with(id, id.startTicks(), "another")))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContainingAll("boot id another", id.bootId());
    assertThat(process.isAlive()).isTrue();
  }

  private static ProcessId with(ProcessId id, long startTicks, String bootId) {
    return new ProcessId(id.pid(), startTicks, bootId, id.pidNamespace());
  }

  @Test
  void terminate_anotherPidNamespaceThatCannotBeSeen_isUnresolvable() throws Exception {
    Process process = start("sleep", "100");
    ProcessId id = ProcessId.of(process);
    ProcessId elsewhere = new ProcessId(id.pid(), id.startTicks(), id.bootId(), "pid:[1]");
    if (PidNamespaces.areVisible(Viewpoint.current())) {
      Processes.terminate(elsewhere); // nothing of that namespace is left
    } else {
      assertThatThrownBy(() -> Processes.terminate(elsewhere))
          .isInstanceOf(UnresolvableFunctionException.class)
          .hasMessageContaining("another pid namespace (pid:[1])");
    }
    assertThat(process.isAlive()).isTrue();
  }

  /** Its boot is over if the present one has not lasted that long. */
  @Test
  void terminate_startThatThisBootHasNotReached_hasEnded() throws Exception {
    long hourFromNow = BootClock.now() + 100 * 3600;
    Processes.terminate(new ProcessId(17, hourFromNow, "another", "pid:[1]"));
    assertThat(Presence.of(new ProcessGroup(new ProcessId(17, hourFromNow, "b", "pid:[1]"), false)))
        .isEqualTo(Presence.ENDED);
  }

  @Test
  void termination_numberGivenToAnotherAfterTheFirstLook_isNotSignalled() throws Exception {
    Process process = start("sleep", "100");
    ProcessId id = ProcessId.of(process);
    Termination.ofTree(with(id, id.startTicks() - 1, id.bootId())).run(Duration.ofMillis(50));
    assertThat(process.waitFor(100, TimeUnit.MILLISECONDS)).isFalse();
  }

  @Test
  void terminate_zombie_isGone() throws Exception {
    // exec gives the zombie a parent that never waits for it.
    Process process = start("sh", "-c", "sleep 0.05 & echo $!; exec sleep 100");
    long child = number(process);
    ProcessId id = ProcessId.of(child);
    Await.until("zombie", () -> ProcessStates.state(child) == 'Z');
    Processes.terminate(id);
    assertThat(process.isAlive()).isTrue();
    assertThatThrownBy(() -> ProcessId.of(child)).hasMessageContaining("has ended");
  }

  @Test
  void terminate_ourselvesOrAncestor_isLeftToAnotherProcess() throws Exception {
    ProcessId parent = ProcessId.of(ProcessHandle.current().parent().orElseThrow());
    for (ProcessId id : List.of(ProcessId.current(), parent)) {
      assertThatThrownBy(() -> Processes.terminate(id))
          .isInstanceOf(UnresolvableFunctionException.class)
          .hasMessageContaining("terminate refuses pid " + id.pid());
      DeferredFunction accepted = DeferredFunction.create(Processes::terminate, id);
      assertThat(accepted.toString()).contains("terminate");
    }
  }

  @Test
  void terminate_whatNoProcessCouldEnd_isRefusedByDeferToo() throws Exception {
    ProcessId self = ProcessId.current();
    ProcessId init = new ProcessId(1, 0, self.bootId(), self.pidNamespace());
    ProcessId elsewhere = new ProcessId(1, 0, self.bootId(), "pid:[1]");
    for (ProcessId id : List.of(init, elsewhere)) {
      assertThatThrownBy(() -> Processes.terminate(id))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("terminate refuses pid 1");
      assertThatThrownBy(() -> DeferredFunction.create(Processes::terminate, id))
          .isInstanceOf(FunctionRefusedException.class)
          .hasMessageContaining("terminate refuses pid 1");
    }
    Process process = start("sleep", "100");
    ProcessId id = ProcessId.of(process);
    for (Duration grace : List.of(Duration.ofNanos(-1), Processes.MAX_GRACE.plusNanos(1))) {
      assertThatThrownBy(() -> Processes.terminate(id, grace))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("grace must be zero to PT24H; got " + grace);
      assertThatThrownBy(() -> DeferredFunction.create(Processes::terminate, id, grace))
          .isInstanceOf(FunctionRefusedException.class);
      assertThatThrownBy(
              () ->
                  DeferredFunction.create(
                      Processes::terminateGroup, new ProcessGroup(id, false), grace))
          .isInstanceOf(FunctionRefusedException.class);
    }
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void terminate_interrupted_stopsWaiting() throws Exception {
    Process process = start("sh", "-c", "trap '' TERM; echo 1; while :; do sleep 100; done");
    number(process);
    ProcessId id = ProcessId.of(process);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Processes.terminate(id, Duration.ofMinutes(1)))
        .isInstanceOf(InterruptedException.class);
    CompletableFuture<Process> ended = process.onExit();
    Processes.terminate(id, Duration.ZERO);
    ended.get();
  }
}
