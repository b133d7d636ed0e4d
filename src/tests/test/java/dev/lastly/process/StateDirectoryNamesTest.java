package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.Inspector;
import dev.lastly.JobContext;
import dev.lastly.Operator;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.model.Settings;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.NastyNames;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state directory may have any name: no part of the name is interpreted. */
class StateDirectoryNamesTest {
  private static final Settings QUIET = Settings.builder().reapInterval(Duration.ZERO).build();

  @TempDir private Path base;

  /** A worker with one job in each of many state directories, who dies. */
  static final class Dies {
    private Dies() {}

    public static void main(String[] args) throws Exception {
      for (String stateDir : args) {
        JobContext job = DeferredFunctionManager.open(Path.of(stateDir), QUIET).openJob("j");
        Path scratch = Files.createDirectory(Path.of(stateDir, "scratch"));
        DeferredHandle unused = job.defer(Cleanup::deleteTree, scratch);
      }
      Runtime.getRuntime().halt(137);
    }
  }

  @Test
  void open_anyName_isReapedInspectedCopiedAndRemovedThere() throws Exception {
    List<Path> directories = NastyNames.ALL.stream().map(base::resolve).toList();
    for (Path directory : directories) {
      Files.createDirectory(directory);
    }
    assertThat(killed(directories)).isEqualTo(137);
    for (Path directory : directories) {
      DeferredFunctionManager.open(directory, QUIET).close();
      assertThat(directory.resolve("scratch")).doesNotExist();
      try (Inspector inspector = Inspector.open(directory);
          Operator operator = Operator.open(directory)) {
        assertThat(inspector.status().functions().values()).contains(1L).containsOnly(0L, 1L);
        operator.backup(directory.resolve("copy"));
      }
      StoreInvariants.all().check(directory.resolve("copy"));
      assertThat(names(directory.resolve("deferred"))).contains("deferred.db", "owners.lock");
      DeferredFunctionManager.cleanupWorker(directory);
      assertThat(names(directory)).containsExactlyInAnyOrder("copy", "deferred");
    }
    assertThat(names(base)).containsExactlyInAnyOrderElementsOf(NastyNames.ALL);
  }

  private static int killed(List<Path> directories) throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command());
    command.add(Dies.class.getName());
    directories.forEach(directory -> command.add(directory.toString()));
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }
}
