package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Containers;
import dev.lastly.cleanup.StandInEngine;
import dev.lastly.cleanup.StandInEngine.Version;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** P10: a container that a daemon makes after its worker has died is removed, too. */
@Timeout(120)
class ContainerSettleTest {
  private static final int CONTAINERS = 5;

  @TempDir private Path base;

  /** Its requests to the daemon outlive it. */
  static final class Creator {
    private Creator() {}

    /** Arguments: the state directory, the directory of the stand-in engine. */
    public static void main(String[] args) throws Exception {
      Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
      DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]), settings);
      JobContext job = manager.openJob("job");
      String made =
          "until grep -q \"$1\" calls; do sleep 0.05; done; mkdir containers/$2; cd containers/$2;"
              + " echo running > status; echo > label; echo $1 > name";
      for (int i = 0; i < CONTAINERS; i++) {
        job.defer(Containers::remove, "aligner-" + i);
        Process unused =
            new ProcessBuilder(
                    "sh",
                    "-c",
                    made,
                    "sh",
                    "aligner-" + i,
                    String.format(Locale.ROOT, "abc%061d", i))
                .directory(Path.of(args[1]).toFile())
                .start();
      }
      Runtime.getRuntime().halt(9);
    }
  }

  private List<String> rows(String sql) throws Exception {
    try (Database db = Database.read(base)) {
      return db.rows(sql);
    }
  }

  @Test
  void remove_daemonMakesItAfterTheFirstLook_isRemovedWithoutAnAttempt() throws Exception {
    StandInEngine engine = StandInEngine.in(base, Version.DOCKER_29);
    List<String> command = new ArrayList<>(ChildJvm.command());
    command.addAll(
        List.of(Creator.class.getName(), base.toString(), engine.directory().toString()));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isEqualTo(9);
    String path = engine.directory() + ":" + System.getenv("PATH");
    try (WorkerProcess sibling =
        WorkerProcess.launcher().environment(Map.of("PATH", path)).start()) {
      sibling.call("open m " + base + " reap=20");
      Await.until(
          "all have asked again",
          () ->
              rows("SELECT function_id FROM attempt WHERE outcome = 'asked_again'").size()
                  == CONTAINERS);
      assertThat(rows("SELECT DISTINCT state, due IS NOT NULL FROM pending_function"))
          .containsExactly("retry_wait|1");
      assertThat(rows("SELECT last_error FROM pending_function"))
          .allMatch(why -> why.startsWith("there is no container 'aligner-"))
          .allMatch(why -> why.endsWith("this looks once more to be sure"));
      Await.until(
          "done",
          () -> rows("SELECT id FROM deferred_function WHERE state = 'done'").size() == CONTAINERS);
    }
    assertThat(engine.directory().resolve("containers")).isEmptyDirectory();
    assertThat(Files.exists(engine.directory().resolve("calls"))).isTrue();
    assertThat(rows("SELECT DISTINCT attempts, max_attempts FROM deferred_function"))
        .containsExactly("2|" + (Settings.defaults().retry().maxAttempts() + 1));
  }
}
