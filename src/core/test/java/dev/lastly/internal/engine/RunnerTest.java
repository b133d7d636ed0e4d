package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.model.Action;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Order;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A job that ends while another process registers in it. */
@SuppressWarnings("serial") // the functions here are never serialized
final class RunnerTest {
  private static final AtomicInteger runs = new AtomicInteger();

  private static final String REGISTER =
      """
      INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id, arguments,
                                     checksum, max_attempts, registered_at)
      SELECT job_id, owner_id, owner_pid, owner_boot_id, code_id, arguments, checksum,
             max_attempts, registered_at
      FROM deferred_function WHERE id = 1
      """;

  @TempDir private Path base;

  static void count() {
    runs.incrementAndGet();
  }

  @ParameterizedTest
  @EnumSource
  void close_anotherProcessRegistersBeforeTheEndIsCommitted_runsThatToo(Order order)
      throws Exception {
    Settings settings =
        Settings.builder()
            .reapInterval(Duration.ZERO)
            .onShutdown(OnShutdown.NOTHING)
            .order(order)
            .build();
    runs.set(0);
    try (Engine engine = Node.open(base, "deferred", settings, Node.Seams.real());
        Connection other = connect();
        Statement statement = other.createStatement()) {
      Job job = (Job) engine.openJob("it ends");
      FunctionId unused = job.defer(Codec.encode((Action.Of0) RunnerTest::count, List.of()));
      statement.execute("BEGIN IMMEDIATE");
      Thread closer = new Thread(job::close);
      closer.start();
      Await.until(
          "it has read what there is, and waits to write",
          () -> closer.getState() == Thread.State.TIMED_WAITING);
      statement.execute(REGISTER);
      statement.execute("COMMIT");
      closer.join();
      assertThat(states(statement)).isEqualTo("done,done");
      assertThat(runs).hasValue(2);
    }
  }

  private Connection connect() throws Exception {
    return DriverManager.getConnection(
        "jdbc:sqlite:" + base.resolve("deferred").resolve("deferred.db"));
  }

  private static String states(Statement statement) throws Exception {
    try (ResultSet row =
        statement.executeQuery("SELECT group_concat(state) FROM deferred_function")) {
      return row.getString(1);
    }
  }
}
