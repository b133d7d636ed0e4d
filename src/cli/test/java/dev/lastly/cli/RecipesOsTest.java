package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * The recipes of {@code docs/recipes.md} that need root: other users, pid namespaces, and the
 * programs of systemd.
 */
@Tag("os")
class RecipesOsTest {
  private static final List<String> NAMESPACE =
      List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");

  private static final String NOBODY = "65534";

  @TempDir private Path temp;
  private RecipeMachine machine;

  @BeforeEach
  void install() throws Exception {
    machine = RecipeMachine.openToAll(temp);
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private Map<String, String> environment() {
    return Map.of("PATH", machine.searchPath(), "LASTLY_STATE_DIR", temp + "/volume/align");
  }

  private LastlyProcess.Result run(List<String> command) throws Exception {
    return machine.run(environment(), command);
  }

  private void runWell(String... command) throws Exception {
    assertThat(run(List.of(command))).isEqualTo(new LastlyProcess.Result(0, "", ""));
  }

  /** The command of a container. */
  private static List<String> command(String yaml, String container) {
    Matcher command =
        Pattern.compile("(?s)- name: " + container + "\\b.*?\\n +command: (\\[[^\\n]*\\])\\n")
            .matcher(yaml);
    assertThat(command.find()).as(container).isTrue();
    return List.of(JsonMapper.shared().readValue(command.group(1), String[].class));
  }

  /** Starts a container of the pod, as its user, of whom the machine need not know. */
  private Process container(String pod, String name) throws Exception {
    Matcher user = Pattern.compile("\\n    runAsUser: (\\d+)").matcher(pod);
    assertThat(user.find()).isTrue();
    List<String> inside = new ArrayList<>(NAMESPACE);
    inside.addAll(List.of("setpriv", "--reuid", user.group(1), "--regid", user.group(1)));
    inside.add("--clear-groups");
    inside.addAll(command(pod, name));
    return machine.start(environment(), inside);
  }

  private static ProcessHandle processOne(Process container) throws Exception {
    Await.until("the container has begun", () -> container.children().findFirst().isPresent());
    return container.children().findFirst().orElseThrow();
  }

  @Test
  void kubernetesPod_processOneOfTheWorkerIsKilled_theReaperInItsContainerCleansUp()
      throws Exception {
    machine.endlessProgram("bin/align");
    String pod =
        RecipeMachine.text(
            "kubernetes-pod.yaml",
            Map.of(
                "value: /var/lib/lastly/align", "value: " + temp + "/volume/align",
                "\"/var/lib/lastly\"", "\"" + temp + "/volume\"",
                "/data/", temp + "/data/"));
    runWell("mkdir", "-m", "0777", temp + "/data");
    runWell("mkdir", "-m", "0777", temp + "/volume"); // as the kubelet makes an emptyDir
    assertThat(machine.result(container(pod, "worker")).err()).contains("is not firm");
    runWell(command(pod, "sticky").toArray(String[]::new));

    Process reaper = container(pod, "reaper");
    Process worker = container(pod, "worker");
    Path parts = machine.path("data/parts-17");
    Await.until("the worker works", () -> Files.exists(parts.resolve("child")));
    assertThat(processOne(worker).destroyForcibly()).isTrue();
    Await.until("the reaper has cleaned up", () -> !Files.exists(parts));
    assertThat(processOne(reaper).destroy()).isTrue();
    assertThat(machine.result(reaper).status()).isZero();
  }

  @Test
  void kubernetesNode_directory_isTheReapersOwn() throws Exception {
    String node =
        RecipeMachine.text(
            "kubernetes-node.yaml", Map.of("/var/lib/lastly/align", temp + "/align"));
    runWell(command(node, "directory").toArray(String[]::new));
    assertThat(run(List.of("stat", "-c", "%a %u %g", temp + "/align")).out())
        .isEqualTo("700 1000 1000\n");
    assertThat(node).contains("runAsUser: 1000\n");
    assertThat(command(node, "reaper"))
        .isEqualTo(command(RecipeMachine.text("kubernetes-pod.yaml", Map.of()), "reaper"));
  }

  @Test
  void slurmEpilog_asRoot_runsWhatAUserHasRegisteredAsThatUser() throws Exception {
    Map<String, String> slurmd = Map.of("SLURM_JOB_ID", "17", "SLURM_JOB_UID", NOBODY);
    assertThat(machine.run(slurmd, List.of(machine.slurm("slurm-prolog").toString())).status())
        .isZero();
    Path who = machine.path("states/" + NOBODY + "/who");
    Process job =
        machine.start(
            Map.of("PATH", machine.searchPath(), "LASTLY_STATE_DIR", temp + "/states/" + NOBODY),
            List.of(
                "setpriv",
                "--reuid=" + NOBODY,
                "--regid=" + NOBODY,
                "--clear-groups",
                "lastly",
                "run",
                "--shell",
                "--defer",
                "id -u > " + who + "; id -G >> " + who,
                "--",
                "sh",
                "-c",
                "touch " + temp + "/states/" + NOBODY + "/on; sleep 600"));
    Await.until(
        "the job works",
        () -> {
          assertThat(job.isAlive()).as(() -> machine.err(job)).isTrue();
          return Files.exists(who.resolveSibling("on"));
        });
    job.destroyForcibly().waitFor();
    LastlyProcess.Result epilog =
        machine.run(slurmd, List.of(machine.slurm("slurm-epilog").toString()));
    assertThat(epilog).isEqualTo(new LastlyProcess.Result(0, "", ""));
    assertThat(Files.readString(who)).isEqualTo(NOBODY + "\n" + NOBODY + "\n");
  }

  @Test
  void tmpfiles_lineOfTheRecipe_keepsTheStateDirectoryThatIsOld() throws Exception {
    String line =
        RecipeMachine.text("align.tmpfiles", Map.of("/var/tmp/align-state", temp + "/tmp/state"));
    for (String kept : List.of("", line)) {
      runWell("mkdir", "-p", temp + "/tmp/state/deferred");
      runWell("touch", temp + "/tmp/state/deferred/owners.lock", temp + "/tmp/other");
      Files.writeString(
          machine.path("tmpfiles.conf"), "d " + temp + "/tmp 1777 root root 1us\n" + kept);
      LastlyProcess.Result clean =
          run(List.of("systemd-tmpfiles", "--clean", temp + "/tmpfiles.conf"));
      assertThat(clean.status()).as(clean.err()).isZero();
      assertThat(machine.path("tmp/other")).doesNotExist();
      assertThat(Files.exists(machine.path("tmp/state/deferred/owners.lock")))
          .isEqualTo(!kept.isEmpty());
    }
    Files.writeString(
        machine.path("tmpfiles.conf"), "D " + temp + "/tmp 1777 root root -\n" + line);
    runWell("systemd-tmpfiles", "--remove", temp + "/tmpfiles.conf");
    assertThat(machine.path("tmp/state")).as("as the page says").doesNotExist();
  }

  @Test
  void systemdUnit_ofTheRecipe_isValid() throws Exception {
    String unit =
        RecipeMachine.text(
            "align.service", Map.of("/usr/local/bin/lastly", machine.program().toString()));
    Path file = Files.writeString(machine.path("align.service"), unit);
    LastlyProcess.Result verify = run(List.of("systemd-analyze", "verify", file.toString()));
    assertThat(verify).isEqualTo(new LastlyProcess.Result(0, "", ""));
  }
}
