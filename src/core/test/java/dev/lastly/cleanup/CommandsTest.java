package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunction;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.UnresolvableFunctionException;
import dev.lastly.support.Await;
import dev.lastly.support.ChildJvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

class CommandsTest {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  @TempDir Path dir;

  @Test
  void run_success_returnsBothStreamsWithEnvironmentAndDirectory() throws Exception {
    Command command =
        Command.of("sh", "-c", "echo $A; pwd; echo err >&2; cat; exit 3")
            .withEnvironment("A", "b c")
            .withDirectory(dir.toRealPath())
            .withSuccessExitCodes(Set.of(0, 3));
    CommandOutput output = Commands.run(command);
    assertThat(output)
        .isEqualTo(new CommandOutput(3, "b c\n" + dir.toRealPath() + "\nerr\n", false))
        .hasToString(output.text());
  }

  @Test
  void run_otherExitCode_failsWithCommandAndOutput() {
    assertThatThrownBy(() -> Commands.run(Command.of("sh", "-c", "echo it\\'s bad; exit 4")))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("exited with 4: sh -c 'echo it\\'\\''s bad; exit 4'")
        .hasMessageEndingWith("output: it's bad");
  }

  @Test
  void run_cannotStart_saysWhy() {
    assertThatThrownBy(() -> Commands.run(Command.of("/no/such/program")))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("\"/no/such/program\"")
        .hasMessageContaining("No such file");
    Command command = Command.of("true").withDirectory(dir.resolve("gone"));
    assertThatThrownBy(() -> Commands.run(command))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("no directory");
  }

  @Test
  void run_parts_areThoseOfACommand() throws Exception {
    CommandOutput output =
        Commands.run(
            List.of("sh", "-c", "echo $A; pwd"),
            Map.of("A", "b c"),
            dir.toRealPath(),
            Duration.ofSeconds(30));
    assertThat(output.text()).isEqualTo("b c\n" + dir.toRealPath() + "\n");
    assertThatThrownBy(
            () -> Commands.run(List.of("sleep", "100"), Map.of(), null, Duration.ofMillis(50)))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("timed out after PT0.05S: sleep 100");
  }

  @Test
  void run_wrongParts_areRefusedByDefer() {
    List<String> sleep = List.of("sleep", "1");
    Path relative = Path.of("relative");
    assertThat(
            DeferredFunction.create(
                    Commands::run, sleep, Map.of("A", "b"), dir, Duration.ofSeconds(1))
                .toString())
        .isEqualTo("DeferredFunction(Commands::run, ...)");
    assertThatThrownBy(
            () ->
                DeferredFunction.create(
                    Commands::run,
                    sleep,
                    Map.<String, String>of(),
                    relative,
                    Duration.ofSeconds(1)))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("directory must be absolute");
    assertThatThrownBy(
            () ->
                DeferredFunction.create(
                    Commands::run, sleep, Map.<String, String>of(), dir, Duration.ZERO))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("timeout must be");
  }

  /** Cron's PATH is short: another process may find it. */
  @Test
  void run_programThatIsNotOnThePath_isLeftToAnotherProcess() {
    assertThatThrownBy(() -> Commands.run(Command.of("no-such-program")))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContainingAll("'no-such-program'", System.getenv("PATH"));
    assertThat(DeferredFunction.create(Commands::run, Command.of("no-such-program")).toString())
        .isEqualTo("DeferredFunction(Commands::run, ...)");
  }

  @Test
  void has_filesThatCannotBeExecuted_areNoPrograms() throws Exception {
    Files.createDirectory(dir.resolve("directory"));
    Files.writeString(dir.resolve("text"), "x");
    Path program = Files.writeString(dir.resolve("program"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    SearchPath path = new SearchPath("/no/such:" + dir);
    assertThat(List.of("directory", "text", "program", "other").stream().filter(path::has))
        .containsExactly("program");
  }

  /** In the C locale a JVM hands over '?' for 'ü': it would remove another directory. */
  @Test
  void run_localeThatCannotSpellTheCommand_runsNothingAndLeavesIt() throws Exception {
    Path wrong = Files.createDirectory(dir.resolve("cmd-?"));
    for (List<String> words :
        List.of(
            List.of("run", "rmdir", dir + "/cmd-~u"),
            List.of("run", "/no/such/~u"),
            List.of("runWith", "~u"),
            List.of("runIn", dir + "/cmd-~u"))) {
      assertThat(inCLocale(words))
          .startsWith("UnresolvableFunctionException: command would be another one")
          .contains("LC_ALL=C.UTF-8");
    }
    assertThat(wrong).exists();
    assertThat(inCLocale(List.of("run", "rmdir", wrong.toString()))).isEqualTo("done");
    assertThat(wrong).doesNotExist();
  }

  private static String inCLocale(List<String> words) throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command());
    command.add(ActionProbe.class.getName());
    command.addAll(words);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  @Test
  @SuppressWarnings("NullAway") // that is what is tried
  void run_null_isRefusedByDeferToo() {
    assertThatThrownBy(() -> DeferredFunction.create(Commands::run, (Command) null))
        .isInstanceOf(FunctionRefusedException.class);
  }

  @Test
  void run_hugeOutput_isBoundedAndDoesNotBlock() throws Exception {
    CommandOutput output =
        Commands.run(Command.of("sh", "-c", "echo first; head -c 20000000 /dev/zero; echo last"));
    assertThat(output.truncated()).isTrue();
    assertThat(output.text()).startsWith("first\n").endsWith("last\n").contains("bytes omitted");
    assertThat(output.text().length()).isLessThan(4200);
  }

  @Test
  void run_backgroundProcessKeepsThePipe_returnsSoonAndLeavesIt() throws Exception {
    long begin = System.nanoTime();
    CommandOutput output = Commands.run(Command.of("sh", "-c", "sleep 100 & echo $!"));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    ProcessId left = ProcessId.of(Long.parseLong(output.text().strip()));
    Processes.terminate(left);
  }

  @Test
  void run_timesOut_killsTheGrandchild() throws Exception {
    Path pid = dir.resolve("pid");
    Command command =
        Command.of("sh", "-c", "(trap '' TERM; sleep 100 & echo $! >" + pid + "; echo said; wait)")
            .withTimeout(Duration.ofMillis(500));
    assertThatThrownBy(() -> Commands.run(command))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("timed out after PT0.5S")
        .hasMessageContaining("said")
        .hasNoSuppressedExceptions();
    assertThat(ProcessStates.gone(Long.parseLong(Files.readString(pid).strip()))).isTrue();
  }

  @Test
  void run_interrupted_killsTheProcess() throws Exception {
    Path pid = dir.resolve("pid");
    Thread us = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              try {
                Await.until("pid", () -> Files.exists(pid) && Files.size(pid) > 1);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
              us.interrupt();
            });
    interrupter.start();
    assertThatThrownBy(
            () -> Commands.run(Command.of("sh", "-c", "sleep 100 & echo $! >" + pid + "; wait")))
        .isInstanceOf(InterruptedException.class);
    assertThat(ProcessStates.gone(Long.parseLong(Files.readString(pid).strip()))).isTrue();
  }

  @Test
  void command_wrong_isRefused() {
    Command good = Command.of("true");
    for (Runnable wrong :
        List.<Runnable>of(
            () -> Command.of(),
            () -> Command.of(""),
            () -> Command.of("./x"),
            () -> Command.of("a\0b"),
            () -> Command.of("x", "y".repeat(Command.MAX_STRING_BYTES + 1)),
            () -> good.withEnvironment("a=b", ""),
            () -> good.withDirectory(Path.of("relative")),
            () -> good.withTimeout(Duration.ZERO),
            () -> good.withSuccessExitCodes(Set.of(256)))) {
      assertThatThrownBy(wrong::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("command refused");
    }
  }

  @Test
  void records_throughStrictJson_comeBackEqual() {
    Map<String, String> environment = new HashMap<>(Map.of("A", "1", "B", "ü"));
    Command full =
        new Command(
            List.of("/bin/x", "a b"), environment, "/d", Duration.ofMillis(1500), Set.of(1, 0));
    environment.clear();
    for (Object value :
        List.of(
            full,
            Command.of("x"),
            new ProcessId(12, 34, "boot", "pid:[1]"),
            new ProcessGroup(new ProcessId(12, 34, "boot", "pid:[1]"), true),
            new CommandOutput(1, "text", true))) {
      assertThat((Object) JSON.readValue(JSON.writeValueAsString(value), value.getClass()))
          .isEqualTo(value);
    }
    assertThat(full.environment()).hasSize(2);
  }
}
