package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.support.NastyNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program, with state directories and files of any name. */
class CommandPathNamesTest {
  @TempDir private Path base;

  @ParameterizedTest
  @ValueSource(strings = {"a?&b", "a\nb", "gr\u00fcn 100%"})
  void runAndDefer_anyName_cleanUpAndLookThere(String name) throws Exception {
    Path state = base.resolve(name);
    Path log = base.resolve("log");
    String defer =
        String.join(" ", LastlyProcess.command("defer", "--shell", "'echo more >> " + log + "'"));
    LastlyProcess.Result run =
        LastlyProcess.run(
            state, "run", "--shell", "--defer", "echo one >> " + log, "--", "sh", "-c", defer);
    assertThat(run).isEqualTo(new LastlyProcess.Result(0, "", ""));
    assertThat(log).hasContent("more\none");
    assertThat(state.resolve("deferred/deferred.db")).exists();
  }

  @Test
  void commandsThatLook_anyName_lookThere() throws Exception {
    for (String name : NastyNames.ALL) {
      Path state = base.resolve("states").resolve(name);
      Path copies = Files.createDirectories(base.resolve("copies"));
      try (DeferredFunctionManager manager = DeferredFunctionManager.open(state)) {
        assertThat(manager.ownerId()).isEqualTo(1);
      }
      for (String command : new String[] {"status", "list --all", "export", "owners --all"}) {
        String[] words = command.split(" ", -1);
        run(state, words);
      }
      run(state, "backup", copies.resolve(name).toString());
      assertThat(copies.resolve(name)).exists();
    }
    try (Stream<Path> copies = Files.list(base.resolve("copies"))) {
      assertThat(copies.map(copy -> copy.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(NastyNames.ALL);
    }
  }

  private static void run(Path state, String... args) {
    LastlyProcess.Result result = InProcess.run(state, args);
    assertThat(result.status()).as("%s %s %s", state, List.of(args), result).isZero();
  }
}
