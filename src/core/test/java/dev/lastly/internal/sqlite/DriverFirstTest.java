package dev.lastly.internal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.support.ChildJvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applications that use SQLite themselves, with the same driver. */
class DriverFirstTest {
  @TempDir Path base;

  /** An application with a database of its own, which it opens before its first manager. */
  static final class Application {
    private Application() {}

    public static void main(String[] args) throws Exception {
      Path base = Path.of(args[0]);
      try (Connection own = DriverManager.getConnection("jdbc:sqlite::memory:");
          Statement statement = own.createStatement()) {
        statement.execute("CREATE TABLE t (x)");
        try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
            JobContext job = manager.openJob("beside another database")) {
          job.defer(Cleanup::deleteTree, base.resolve("scratch/job"));
          statement.execute("INSERT INTO t VALUES (1)");
        }
        statement.execute("INSERT INTO t VALUES (2)");
      }
      System.out.println("done");
    }
  }

  private String run(String... options) throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command(options));
    command.add(Application.class.getName());
    command.add(base.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var output = process.getInputStream()) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return text + " exit " + process.exitValue();
    }
  }

  @Test
  void open_driverHasLoadedItsLibraryBefore_noSecondOneIsLoaded() throws Exception {
    assertThat(run("-Djava.io.tmpdir=" + base)).endsWith("done\n exit 0");
  }
}
