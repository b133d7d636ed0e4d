package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command that the program advises does what it is for, typed as it stands there. */
class AdvisedCommandTest {
  @TempDir private Path state;

  private static final String RELEASE =
      """
      package release;
      import dev.lastly.JobContext;
      import dev.lastly.support.Actions;
      import dev.lastly.support.Worker;
      import java.nio.file.Path;
      public final class Release implements Worker.Plugin {
        public static void run(Path ledger, String tag) throws Exception {
          Class<?> same = Thread.currentThread().getContextClassLoader().loadClass("release.Release");
          Actions.log(ledger, same == Release.class ? tag : "another class");
        }
        @Override
        public void defer(JobContext job, Path ledger, String tag) {
          job.defer(Release::run, ledger, tag);
          job.defer(p -> run(p, tag + "-lambda"), ledger);
        }
      }
      """;

  /** Functions of a class that only the user's class path has: what the advice says works. */
  @Test
  void show_classOfTheUserIsMissing_theCommandThatItAdvisesRunsTheFunction() throws Exception {
    Ledger ledger = new Ledger(Files.createTempDirectory("typed").resolve("ledger"));
    Path classes = compiled(Files.createTempDirectory("it's release"));
    try (WorkerProcess worker = WorkerProcess.launcher().classes(classes).start()) {
      worker.call("open m " + state + " reap=0");
      worker.call("job m typed");
      worker.call("plugin typed release.Release %s f".formatted(ledger.file()));
      worker.kill();
    }
    InProcess.run(state, "reap");
    JsonNode waiting = waiting("1");
    assertThat(waiting.get("cause").stringValue()).isEqualTo("unresolvable");
    assertThat(waiting.get("why").stringValue())
        .contains("release.Release#run", "its class is not on the class path of this process");
    assertThat(waiting.get("to_do").stringValue()).contains(waiting.get("command").stringValue());
    List<String> words = words(waiting.get("command").stringValue());
    assertThat(words).startsWith("lastly", "reap", "--class-path");
    String[] typed = words.subList(1, words.size()).toArray(String[]::new);
    LastlyProcess.Result reap = LastlyProcess.run(state, typed);
    assertThat(reap.out()).as(reap.err()).startsWith("ran 2 functions");
    assertThat(ledger.tags()).containsExactlyInAnyOrder("f", "f-lambda");
  }

  private JsonNode waiting(String id) {
    return JsonMapper.shared()
        .readTree(InProcess.run(state, "show", id, "--json").out())
        .get("waiting");
  }

  /** The words of a command line, as a shell reads them. */
  private static List<String> words(String command) throws Exception {
    Process shell =
        new ProcessBuilder("sh", "-c", "for word in " + command + "; do echo \"$word\"; done")
            .start();
    return List.of(
            new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .split("\n", -1))
        .stream()
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private static Path compiled(Path directory) throws Exception {
    Path source = Files.createDirectories(directory.resolve("release")).resolve("Release.java");
    Files.writeString(source, RELEASE);
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                directory.toString(),
                source.toString());
    assertThat(status).isZero();
    return directory;
  }
}
