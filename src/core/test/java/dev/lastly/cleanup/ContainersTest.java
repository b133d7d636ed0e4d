package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunction;
import dev.lastly.cleanup.StandInEngine.Version;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.support.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContainersTest {
  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource
  void remove_runningContainer_isGoneAndSoIsNoOther(Version version) throws Exception {
    StandInEngine engine = StandInEngine.in(dir, version);
    String id = engine.create("aligner-17", "running", "");
    String other = engine.create("aligner-170", "running", "");
    Containers.end(ContainerVerb.REMOVE, "aligner-17", engine.alone());
    assertThat(engine.has(id)).isFalse();
    assertThat(engine.has(other)).isTrue();
    assertThat(engine.calls()).contains("rm --force --volumes " + id);
  }

  @ParameterizedTest
  @EnumSource
  void everyVerb_noSuchContainer_isDone(Version version) throws Exception {
    StandInEngine engine = StandInEngine.in(dir, version);
    for (ContainerVerb verb : ContainerVerb.values()) {
      Containers.end(verb, "aligner-17", engine.alone());
    }
    Containers.removeByLabel("job=17", engine.alone());
    assertThat(engine.calls()).noneMatch(call -> call.matches("(rm|stop|kill).*"));
  }

  /** The daemon's own {@code --rm} removes it at the same time: not done before it is gone. */
  @ParameterizedTest
  @EnumSource
  void remove_alreadyInProgress_returnsWhenItIsGone(Version version) throws Exception {
    StandInEngine engine = StandInEngine.in(dir, version);
    String id = engine.create("aligner-17", "running", "job=17");
    engine.removing(id, 3);
    Containers.end(ContainerVerb.REMOVE, "aligner-17", engine.alone());
    assertThat(engine.has(id)).isFalse();
    String again = engine.create("aligner-17", "running", "job=17");
    engine.removing(again, 2);
    Containers.removeByLabel("job=17", engine.alone());
    assertThat(engine.has(again)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"DOCKER_19", "DOCKER_29", "PODMAN_5"})
  void remove_daemonRefuses_failsWithWhatItSaid(Version version) throws Exception {
    StandInEngine engine = StandInEngine.in(dir, version);
    engine.busy(engine.create("aligner-17", "exited", "job=17"));
    String removable = engine.create("aligner-18", "running", "job=17");
    assertThatThrownBy(() -> Containers.end(ContainerVerb.REMOVE, "aligner-17", engine.alone()))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "container 'aligner-17' is still exited", "rm --force", "device or resource busy");
    assertThatThrownBy(() -> Containers.removeByLabel("job=17", engine.alone()))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "1 containers or more with the label 'job=17' are still there", "resource busy");
    assertThat(engine.has(removable)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void everyVerb_daemonUnreachable_fails(Version version) throws Exception {
    StandInEngine engine = StandInEngine.in(dir, version);
    engine.stopDaemon();
    for (ContainerVerb verb : ContainerVerb.values()) {
      assertThatThrownBy(() -> Containers.end(verb, "aligner-17", engine.alone()))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("does not tell", "'aligner-17'", "Cannot connect");
    }
    assertThatThrownBy(() -> Containers.removeByLabel("job=17", engine.alone()))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("does not tell", "'job=17'", "Cannot connect");
  }

  @ParameterizedTest
  @EnumSource
  void stopAndKill_everyState_leaveItStopped(Version version) throws Exception {
    StandInEngine engine = StandInEngine.in(dir, version);
    for (ContainerVerb verb : List.of(ContainerVerb.STOP, ContainerVerb.KILL)) {
      for (String status : List.of("running", "paused", "exited", "created")) {
        String id = engine.create(verb + status, status, "");
        Containers.end(verb, verb + status, engine.alone());
        assertThat(engine.status(id)).isIn("exited", "created");
      }
    }
  }

  @Test
  void stop_containerThatRemovesItself_isDone() throws Exception {
    StandInEngine engine = StandInEngine.in(dir, Version.DOCKER_29);
    String id = engine.create("aligner-17", "running", "");
    Files.writeString(engine.directory().resolve("containers/" + id + "/rm"), "");
    Containers.end(ContainerVerb.STOP, "aligner-17", engine.alone());
    assertThat(engine.has(id)).isFalse();
  }

  /** {@code docker rm -f deadbeef} takes the container whose id begins so, if none has the name. */
  @ParameterizedTest
  @EnumSource
  void remove_nameThatIsTheBeginningOfAnId_removesNoOtherContainer(Version version)
      throws Exception {
    StandInEngine engine = StandInEngine.in(dir, version);
    String id = engine.create("deadbeef" + "0".repeat(56), "precious", "running", "");
    Containers.end(ContainerVerb.REMOVE, "deadbeef", engine.alone());
    assertThat(engine.has(id)).isTrue();
    Containers.end(ContainerVerb.REMOVE, "deadbeef0000", engine.alone());
    assertThat(engine.has(id)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"DOCKER_29", "PODMAN_5"})
  void removeByLabel_moreThanOneAnswerHolds_areAllGone(Version version) throws Exception {
    StandInEngine engine = StandInEngine.in(dir, version);
    for (int i = 0; i < 80; i++) {
      String unused = engine.create("worker-" + i, "running", "job=17");
    }
    String other = engine.create("other", "running", "job=170");
    Containers.removeByLabel("job=17", engine.alone());
    try (Stream<Path> left = Files.list(engine.directory().resolve("containers"))) {
      assertThat(left.map(path -> path.getFileName().toString())).containsExactly(other);
    }
  }

  /** Docker says that it has none: that does not say that podman has none. */
  @Test
  void remove_bothPrograms_oneThatHasItDecides() throws Exception {
    StandInEngine docker = StandInEngine.in(dir.resolve("a"), Version.DOCKER_29);
    StandInEngine podman = StandInEngine.in(dir.resolve("b"), Version.PODMAN_5);
    List<ContainerEngine> both =
        Stream.of(docker, podman).flatMap(engine -> engine.alone().stream()).toList();
    String id = podman.create("aligner-17", "running", "job=17");
    Containers.end(ContainerVerb.REMOVE, "aligner-17", both);
    assertThat(podman.has(id)).isFalse();
    docker.stopDaemon();
    String again = podman.create("aligner-17", "running", "job=17");
    Containers.removeByLabel("job=17", both);
    assertThat(podman.has(again)).isFalse();
    assertThatThrownBy(() -> Containers.end(ContainerVerb.REMOVE, "aligner-17", both))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Cannot connect");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-f", "--all", "a b", "a/b", "a\nb", "_x", "a*", "\u00e4", "$(id)", ".."})
  void everyMethod_noName_isRefusedByDefer(String name) {
    assertRefused(() -> DeferredFunction.create(Containers::stop, name), "stop refuses");
    assertRefused(() -> DeferredFunction.create(Containers::kill, name), "kill refuses");
    assertRefused(() -> DeferredFunction.create(Containers::remove, name), "remove refuses");
  }

  /** Podman would take '*' for any text, and a comma for the start of another filter. */
  @ParameterizedTest
  @ValueSource(strings = {"", "=", "=x", "-a=b", "a=*", "a=b,c", "a b=c", "a=\"b", "a=b\n", "a=?"})
  void removeByLabel_noLabel_isRefusedByDefer(String label) {
    assertRefused(
        () -> DeferredFunction.create(Containers::removeByLabel, label), "removeByLabel refuses");
  }

  private static void assertRefused(ThrowingCallable call, String why) {
    assertThatThrownBy(call).isInstanceOf(FunctionRefusedException.class).hasMessageContaining(why);
  }

  @Test
  void remove_programsOnThePath_areFoundWhereItRuns() throws Exception {
    assertThat(removeWithPath(dir.toString(), "aligner-17"))
        .startsWith("UnresolvableFunctionException")
        .contains("neither 'docker' nor 'podman'", dir.toString());
    StandInEngine podman = StandInEngine.in(dir, Version.PODMAN_5);
    String id = podman.create("aligner-17", "running", "");
    assertThat(removeWithPath(podman.directory() + ":/usr/bin:/bin", "aligner-17"))
        .isEqualTo("done");
    assertThat(podman.has(id)).isFalse();
  }

  private static String removeWithPath(String path, String name) throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command());
    command.addAll(List.of(ActionProbe.class.getName(), "removeContainer", name));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("PATH", path);
    Process process = builder.start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }
}
