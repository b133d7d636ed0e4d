package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code lastly run}, by its launcher, in pid namespaces of its own: as their process 1, behind an
 * init, and beside others. Needs root, in the first pid namespace of the machine, and gcc(1).
 */
@Tag("os")
class ContainerOsTest {
  private static final String NAMESPACE = "unshare --pid --fork --kill-child --mount-proc ";
  private static final String MAIN = "dev.lastly.cli.Lastly run";
  private static final int ORPHANS = 120;

  private final List<Process> started = new ArrayList<>();
  @TempDir private Path temp;
  private Path state;
  private Path launcher;

  @BeforeEach
  void install() throws Exception {
    state = temp.resolve("state");
    launcher = InstalledProgram.in(temp);
  }

  @AfterEach
  void killAll() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** Starts a shell; {@code $LASTLY} is the launcher, {@code $T} the directory of the test. */
  private Process start(String script) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", script).redirectError(temp.resolve("err").toFile());
    builder.environment().put("LASTLY", launcher.toString());
    builder.environment().put("T", temp.toString());
    builder.environment().put("LASTLY_STATE_DIR", state.toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove(JobTicket.VARIABLE);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private String err() throws Exception {
    return Files.readString(temp.resolve("err"));
  }

  private int status(Process process) throws Exception {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(err()).isTrue();
    return process.exitValue();
  }

  private List<String> rows(String sql) throws Exception {
    try (Database database = Database.read(state)) {
      return database.rows(sql);
    }
  }

  /** A descendant, by a part of its command line. */
  private static ProcessHandle find(Process container, String part) throws Exception {
    Await.until(
        "there is a process '" + part + "'",
        () -> container.descendants().anyMatch(some -> runs(some, part)));
    return container.descendants().filter(some -> runs(some, part)).findFirst().orElseThrow();
  }

  private static boolean runs(ProcessHandle process, String part) {
    try {
      String line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
      String words = line.replace('\0', ' ');
      return part.equals(MAIN) ? words.contains(part) : words.startsWith(part);
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  @Test
  void run_processOne_waitsForOrphansAndExitsAsTheProgram() throws Exception {
    Path script =
        Files.writeString(
            temp.resolve("program"),
            """
            i=0
            while [ $i -lt %d ]; do (sleep 0.2 & exec true); i=$((i + 1)); done
            sleep 0.3
            round=0
            while [ $round -lt 100 ]; do
              zombies=$(cat /proc/[0-9]*/stat 2> /dev/null | grep -c ') Z 1 ')
              [ "$zombies" = 0 ] && break
              sleep 0.1
              round=$((round + 1))
            done
            echo "zombies: $zombies, children that can be waited for: $(sh -c 'exit 3'; echo $?)"
            exit 7
            """
                .formatted(ORPHANS));
    Process process =
        start("exec " + NAMESPACE + "$LASTLY run --defer \"touch $T/cleaned\" -- sh " + script);
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(said).as(err()).isEqualTo("zombies: 0, children that can be waited for: 3");
    assertThat(status(process)).isEqualTo(7);
    assertThat(err()).isEmpty();
    assertThat(temp.resolve("cleaned")).exists();
    assertThat(rows("SELECT pid FROM owner")).containsExactly("1");
  }

  /** Its leader is a zombie; wait(2) for it would block until its last thread ends. */
  @Test
  void run_processOneGetsALeaderThatEndedBeforeItsThreads_waitsForTheOthers() throws Exception {
    Path leader =
        Files.writeString(
            temp.resolve("leader.py"),
            """
            import ctypes, sys, threading, time
            threading.Thread(target=time.sleep, args=(600,)).start()
            open(sys.argv[1], "w").close()
            ctypes.CDLL(None).pthread_exit(None)
            """);
    Path script =
        Files.writeString(
            temp.resolve("program"),
            """
            (python3 %s $T/begun & exec true)
            until [ -e $T/begun ] && grep -q ') Z 1 ' /proc/[0-9]*/stat 2> /dev/null; do sleep 0.05; done
            sleep 0.5
            i=0
            while [ $i -lt 20 ]; do (true & exec true); i=$((i + 1)); done
            round=0
            while [ $round -lt 50 ]; do
              zombies=$(cat /proc/[0-9]*/stat 2> /dev/null | grep -c ') Z 1 ')
              [ "$zombies" = 1 ] && break
              sleep 0.1
              round=$((round + 1))
            done
            echo "zombies: $zombies"
            """
                .formatted(leader));
    Process process = start("exec " + NAMESPACE + "$LASTLY run -- sh " + script);
    assertThat(process.inputReader().readLine()).as(err()).isEqualTo("zombies: 1");
  }

  @Test
  void run_processOneIsTold_passesSignalsOn() throws Exception {
    String program = "trap 'echo usr1' USR1; trap 'echo usr2' USR2; trap 'echo term; exit 9' TERM;";
    Process process =
        start(
            "exec "
                + NAMESPACE
                + "$LASTLY run -- sh -c \""
                + program
                + " echo ready; while :; do sleep 0.05; done\"");
    assertThat(process.inputReader().readLine()).as(err()).isEqualTo("ready");
    ProcessHandle init = process.children().findFirst().orElseThrow();
    // Not HUP and INT: what is ignored already, as under nohup(1), stays ignored.
    for (String name : List.of("USR1", "USR2", "TERM")) {
      assertThat(start("kill -" + name + " " + init.pid()).waitFor()).isZero();
      assertThat(process.inputReader().readLine()).isEqualTo(name.toLowerCase(Locale.ROOT));
    }
    assertThat(status(process)).isEqualTo(9);
  }

  @Test
  void run_processOneOrBehindAKnownInit_endsWithTheNamespace() throws Exception {
    String tini = compileTini();
    for (String init : List.of("", tini + " ", tini + " sh -c 'exec \"$@\"' sh ")) {
      assertThat(flagOf(init)).as("behind '%s'", init).isEqualTo("1");
    }
    Files.copy(Path.of(tini), temp.resolve("supervisor"), StandardCopyOption.COPY_ATTRIBUTES);
    for (String init :
        List.of(
            temp.resolve("supervisor") + " ", // unknown: it may end
            tini + " sh -c '\"$@\"; true' sh ", // a shell between, which goes on
            tini
                + " sh -c 'setsid sh -c \"\\\"\\$@\\\" &\" sh \"$@\";"
                + " until [ -e $T/flag ]; do sleep 0.1; done' sh ")) { // an orphan
      assertThat(flagOf(init)).as("behind '%s'", init).isEqualTo("0");
    }
  }

  private String compileTini() throws Exception {
    String tini = temp.resolve("tini").toString();
    assertThat(start("gcc -O1 -Wall -Werror -o " + tini + " src/tests/test/c/tini.c").waitFor())
        .as(err())
        .isZero();
    return tini;
  }

  /** Whether the group is taken for one that ends with its namespace. */
  private String flagOf(String init) throws Exception {
    Path flag = temp.resolve("flag");
    Files.deleteIfExists(flag);
    Process process =
        start(
            "exec "
                + NAMESPACE
                + init
                + "$LASTLY run -- sh -c 'echo $LASTLY_JOB | cut -d : -f 6 > $T/flag.new;"
                + " mv $T/flag.new $T/flag'");
    Await.until("the program has run; " + err(), () -> Files.exists(flag));
    process.waitFor();
    return Files.readString(flag).strip();
  }

  /** The worst: to clean up under a program that runs. */
  @Test
  void reap_runInAContainerWithABootIdOfItsOwnIsKilled_waitsUntilTheContainerHasEnded()
      throws Exception {
    Files.writeString(temp.resolve("boot_id"), "11111111-2222-3333-4444-5555\n");
    Path scratch = Files.createDirectory(temp.resolve("scratch"));
    Process container =
        start(
            "exec "
                + NAMESPACE
                + "sh -c 'mount --bind $T/boot_id /proc/sys/kernel/random/boot_id; $LASTLY run"
                + " --defer \"rm -rf $T/scratch\" -- sleep 1234 & wait; exec sleep 600'");
    ProcessHandle program = find(container, "sleep 1234");
    find(container, MAIN).destroyForcibly();
    Await.until(
        "lastly is dead", () -> container.descendants().noneMatch(some -> runs(some, MAIN)));
    for (int i = 0; i < 2; i++) {
      LastlyProcess.Result unused = LastlyProcess.run(state, "reap");
      assertThat(scratch).exists();
      assertThat(program.isAlive()).isTrue();
      assertThat(
              rows(
                  "SELECT name, attempts, unresolvable LIKE '%another pid namespace%' FROM"
                      + " orphaned_function ORDER BY id"))
          .containsExactly("Commands::runAfter|0|1", "Processes::terminateGroup|0|1");
    }
    container.destroyForcibly().waitFor();
    Await.until("the container has ended", () -> !program.isAlive());
    LastlyProcess.Result reap = LastlyProcess.run(state, "reap");
    assertThat(reap.out()).as(reap.err()).isEqualTo("ran 2 functions\n");
    assertThat(scratch).doesNotExist();
  }

  /** From where the namespace cannot be seen, but is known to end with lastly. */
  @Test
  void reap_runThatEndsWithItsNamespaceIsKilled_isDoneFromAnotherContainer() throws Exception {
    for (String init : List.of("", compileTini() + " ")) {
      Path scratch = Files.createDirectory(temp.resolve("scratch"));
      Process container =
          start(
              "exec "
                  + NAMESPACE
                  + init
                  + "$LASTLY run --defer \"rm -rf $T/scratch\" -- sleep 1234");
      ProcessHandle program = find(container, "sleep 1234");
      find(container, MAIN).destroyForcibly();
      Process other = start("exec " + NAMESPACE + "$LASTLY reap");
      String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(said).as(err()).isEqualTo("ran 2 functions\n");
      assertThat(scratch).doesNotExist();
      assertThat(program.isAlive()).as("it ended with lastly, behind '%s'", init).isFalse();
    }
  }

  /** The same container without such an init: only the host can know. */
  @Test
  void reap_runInAContainerThatGoesOnIsKilled_isLeftAloneByAnotherContainer() throws Exception {
    Path scratch = Files.createDirectory(temp.resolve("scratch"));
    Process container =
        start(
            "exec "
                + NAMESPACE
                + "sh -c '$LASTLY run --defer \"rm -rf $T/scratch\" -- sleep 1234 & wait;"
                + " exec sleep 600'");
    ProcessHandle program = find(container, "sleep 1234");
    find(container, MAIN).destroyForcibly();
    Await.until(
        "lastly is dead", () -> container.descendants().noneMatch(some -> runs(some, MAIN)));
    Process other = start("exec " + NAMESPACE + "$LASTLY reap");
    assertThat(status(other)).as(err()).isNotEqualTo(2);
    assertThat(scratch).exists();
    assertThat(program.isAlive()).isTrue();
    assertThat(rows("SELECT sum(attempts), count(*) FROM orphaned_function"))
        .containsExactly("0|2");
  }
}
