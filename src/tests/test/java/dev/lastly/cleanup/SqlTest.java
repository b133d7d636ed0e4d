package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunction;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.RunContext;
import dev.lastly.model.Secret;
import dev.lastly.model.UnresolvableFunctionException;
import dev.lastly.support.Await;
import dev.lastly.support.PrivateFile;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With H2 and SQLite; {@code SqlOsTest} has PostgreSQL. */
class SqlTest {
  @TempDir Path dir;

  @Test
  void execute_dropOfASchema_isDoneOnceAndAgain() throws Exception {
    String url = "jdbc:h2:mem:sql;DB_CLOSE_DELAY=-1";
    try (Connection keeper = DriverManager.getConnection(url);
        Statement statement = keeper.createStatement()) {
      statement.execute("CREATE SCHEMA run_17");
      statement.execute("CREATE TABLE run_17.sample (id INT)");
      Sql.execute(url, "DROP SCHEMA IF EXISTS run_17 CASCADE");
      Sql.execute(url, "DROP SCHEMA IF EXISTS run_17 CASCADE");
      assertThatThrownBy(() -> statement.execute("SELECT * FROM run_17.sample"))
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void execute_deleteOfRows_isCommitted() throws Exception {
    String url = "jdbc:sqlite:" + dir.resolve("results.db");
    Sql.execute(url, "CREATE TABLE IF NOT EXISTS result (run INT)");
    Sql.execute(url, "INSERT INTO result VALUES (17), (18)");
    Sql.execute(url, "DELETE FROM result WHERE run = 17");
    Sql.execute(url, "DELETE FROM result WHERE run = 17");
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT group_concat(run) FROM result")) {
      assertThat(rows.getString(1)).isEqualTo("18");
    }
  }

  /** A dead worker's statement may still be under way; a DROP that succeeds was no empty one. */
  @Test
  void execute_findsNothingSoonAfterItsOwnersDeath_asksAgain() throws Exception {
    String url = "jdbc:h2:mem:settle;DB_CLOSE_DELAY=-1";
    Sql.execute(url, "CREATE TABLE result (run INT)");
    for (String empty :
        List.of("delete from result where run = 17", "DROP TABLE IF EXISTS other")) {
      RunContext run = ofADeadOwner();
      assertThatThrownBy(() -> run.call(() -> executed(url, empty)))
          .hasMessageContaining("looks once more to be sure");
      assertThat(run.askedAgain()).isPresent();
    }
    for (String full :
        List.of("INSERT INTO result VALUES (17)", "DELETE FROM result", "DROP TABLE result")) {
      assertThat(ofADeadOwner().call(() -> executed(url, full))).isTrue();
    }
  }

  private static RunContext ofADeadOwner() {
    Instant now = Instant.now();
    return RunContext.builder()
        .claims(1)
        .origin(() -> new RunContext.Origin(1, 1, now, false, null, false, 0, false))
        .build();
  }

  private static boolean executed(String url, String statement) throws Exception {
    Sql.execute(url, statement);
    return true;
  }

  /** H2 ends a statement that is cancelled, and does not abort connections. */
  @Test
  void execute_statementTakesLongerThanTheLimit_isCancelled() throws Exception {
    String url = "jdbc:h2:mem:long;DB_CLOSE_DELAY=-1";
    try (Connection watcher = DriverManager.getConnection(url);
        Statement watching = watcher.createStatement()) {
      String pairs = "SELECT max(a.x + b.x) FROM system_range(1, 1e6) a, system_range(1, 1e6) b";
      assertThatThrownBy(() -> runShortly(url, pairs))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("jdbc:h2:mem:long", "has not ended within", "was aborted");
      Await.until("its session has ended", () -> sessions(watching) == 1);
    }
  }

  @Test
  void execute_statementWaitsForALock_failsAtTheLimit() throws Exception {
    String url = "jdbc:h2:mem:waits;LOCK_TIMEOUT=2000;DB_CLOSE_DELAY=-1";
    Sql.execute(url, "CREATE TABLE run (id INT)");
    try (Connection holder = DriverManager.getConnection(url);
        Statement holding = holder.createStatement()) {
      holder.setAutoCommit(false);
      assertThat(holding.executeUpdate("INSERT INTO run VALUES (17)")).isEqualTo(1);
      assertThatThrownBy(() -> runShortly(url, "DROP TABLE run"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has not ended within");
    }
  }

  private static void runShortly(String url, String statement) throws Exception {
    Sql.run(url, new Properties(), statement, Duration.ofMillis(200));
  }

  private static int sessions(Statement statement) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery("SELECT count(*) FROM information_schema.sessions")) {
      assertThat(rows.next()).isTrue();
      return rows.getInt(1);
    }
  }

  @Test
  void execute_userAndSecret_logIn() throws Exception {
    String url = "jdbc:h2:mem:secret;DB_CLOSE_DELAY=-1";
    Secret password = Secret.file(PrivateFile.write(dir.resolve("password"), "open sesame"));
    Sql.execute(url, "ali", password, "CREATE TABLE cave (id INT)");
    Secret wrong = Secret.file(PrivateFile.write(dir.resolve("wrong"), "open barley"));
    assertThatThrownBy(() -> Sql.execute(url, "ali", wrong, "DROP TABLE IF EXISTS cave"))
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(SQLException.class)
        .hasMessageContainingAll("'jdbc:h2:mem:secret'", "DROP TABLE IF EXISTS cave", "28000")
        .hasMessageNotContaining("barley");
    Sql.execute(url, "ali", password, "DROP TABLE IF EXISTS cave");
  }

  @Test
  void execute_refusedStatement_failsWithItAndTheUrl() {
    String url = "jdbc:sqlite:" + dir.resolve("results.db");
    assertThatThrownBy(() -> Sql.execute(url, "DROP TABLE\n  result"))
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(SQLException.class)
        .hasMessageContainingAll(
            "'" + url + "' did not execute: DROP TABLE result", "no such table: result");
  }

  @Test
  void execute_noDriver_isLeftToAnotherProcess() {
    String url = "jdbc:nosuch://host/db?x=y";
    assertThatThrownBy(() -> Sql.execute(url, "SELECT 1"))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContainingAll("no JDBC driver", "'jdbc:nosuch://host/db'");
    assertThatCode(() -> DeferredFunction.create(Sql::execute, url, "SELECT 1"))
        .doesNotThrowAnyException();
  }

  /** What the row stores, listings show. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://host/db?user=ali&password=sesame",
        "jdbc:postgresql://host/db?ssl=true&sslpassword=sesame",
        "jdbc:h2:mem:x;USER=ali;PASSWORD=sesame",
        "jdbc:mysql://ali:sesame@host/db",
        "jdbc:mysql://(host=h,password=sesame)/db",
        "jdbc:oracle:thin:ali/sesame@//host/db"
      })
  void execute_passwordInTheUrl_isRefusedByDeferAndNotShown(String url) {
    assertThatThrownBy(() -> DeferredFunction.create(Sql::execute, url, "SELECT 1"))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("its password would be stored in the row", "Secret")
        .hasMessageNotContaining("sesame");
  }

  @Test
  void execute_doubtfulArguments_areRefusedByDefer() throws Exception {
    for (String url : List.of("", "postgresql://host/db")) {
      assertThatThrownBy(() -> DeferredFunction.create(Sql::execute, url, "SELECT 1"))
          .isInstanceOf(FunctionRefusedException.class)
          .hasMessageContaining("begins with jdbc:");
    }
    assertThatThrownBy(() -> DeferredFunction.create(Sql::execute, "jdbc:h2:mem:x", " "))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("it is empty");
    Secret password = Secret.file(PrivateFile.write(dir.resolve("password"), "x"));
    assertThat(
            DeferredFunction.create(Sql::execute, "jdbc:h2:mem:x", "ali", password, "SELECT 1")
                .toString())
        .isEqualTo("DeferredFunction(Sql::execute, ...)");
  }
}
