package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.Secret;
import dev.lastly.support.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** With a PostgreSQL of its own. Needs root, setpriv(1) and the server's programs. */
@Tag("os")
class SqlOsTest {
  private static final String PASSWORD = "open sesame";

  /** Not in JUnit's directory: the server runs as another user, who must reach it. */
  private Path dir;

  private Process server;
  private String url;
  private Secret password;

  @BeforeEach
  void startServer() throws Exception {
    dir = Files.createTempDirectory("lastly-postgresql");
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path file = Files.writeString(dir.resolve("password"), PASSWORD + "\n");
    password = Secret.file(file);
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path data = dir.resolve("data");
    Process made =
        asUnprivilegedUser(
            "initdb",
            "-D",
            data.toString(),
            "-U",
            "ali",
            "-A",
            "scram-sha-256",
            "--pwfile=" + file,
            "--no-sync");
    assertThat(made.waitFor()).isZero();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    server =
        asUnprivilegedUser(
            "postgres",
            "-D",
            data.toString(),
            "-p",
            Integer.toString(port),
            "-h",
            "127.0.0.1",
            "-k",
            dir.toString(),
            "-F");
    url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    Await.until("PostgreSQL", this::answers);
  }

  private boolean answers() {
    try (Connection connection = connect()) {
      return connection.isValid(1);
    } catch (SQLException e) {
      return false;
    }
  }

  private Process asUnprivilegedUser(String program, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    try (DirectoryStream<Path> versions =
        Files.newDirectoryStream(Path.of("/usr/lib/postgresql"))) {
      command.add(versions.iterator().next().resolve("bin").resolve(program).toString());
    }
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .directory(dir.toFile())
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve(program + ".log").toFile())
        .start();
  }

  @AfterEach
  void stopServer() throws Exception {
    Processes.terminate(ProcessId.of(server));
    Cleanup.deleteTree(dir);
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url, "ali", PASSWORD);
  }

  @Test
  void execute_dropOfASchema_isDoneOnceAndAgain() throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA run_17 CREATE TABLE sample (id int)");
      Sql.execute(url, "ali", password, "DROP SCHEMA IF EXISTS run_17 CASCADE");
      Sql.execute(url, "ali", password, "DROP SCHEMA IF EXISTS run_17 CASCADE");
      try (ResultSet found = statement.executeQuery("SELECT to_regnamespace('run_17')")) {
        assertThat(found.next()).isTrue();
        assertThat(found.getString(1)).isNull();
      }
    }
    assertThatThrownBy(() -> Sql.execute(url, "ali", password, "DROP SCHEMA run_17"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("'" + url + "'", "run_17", "3F000");
    assertThatThrownBy(() -> Sql.execute(url, "DROP SCHEMA run_17"))
        .isInstanceOf(IOException.class);
  }

  /** Another session still uses the schema. */
  @Test
  void execute_interruptedWhileItWaits_ends() throws Exception {
    try (Connection holder = connect();
        Connection watcher = connect();
        Statement holding = holder.createStatement();
        Statement watching = watcher.createStatement()) {
      holding.execute("CREATE SCHEMA run_17 CREATE TABLE sample (id int)");
      holder.setAutoCommit(false);
      holding.execute("LOCK TABLE run_17.sample");
      Thread us = Thread.currentThread();
      Thread interrupter =
          new Thread(
              () -> {
                try {
                  Await.until("waiting", () -> waiting(watching) == 1);
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
                us.interrupt();
              });
      interrupter.start();
      assertThatThrownBy(
              () -> Sql.execute(url, "ali", password, "DROP SCHEMA IF EXISTS run_17 CASCADE"))
          .isInstanceOf(InterruptedException.class);
      interrupter.join();
      holder.rollback();
    }
  }

  private static int waiting(Statement statement) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery("SELECT count(*) FROM pg_locks WHERE NOT granted")) {
      assertThat(rows.next()).isTrue();
      return rows.getInt(1);
    }
  }
}
