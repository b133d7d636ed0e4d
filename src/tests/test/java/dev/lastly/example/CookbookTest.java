package dev.lastly.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.lastly.Inspector;
import dev.lastly.cleanup.StandInEngine;
import dev.lastly.cleanup.StandInEngine.Version;
import dev.lastly.model.FunctionState;
import dev.lastly.support.PrivateFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything in {@code docs/cleanup-cookbook.md}, in one job of a process with a stand-in docker.
 */
class CookbookTest {
  @TempDir private Path dir;

  @Test
  void cookbook_jobThatEnds_leavesNothing() throws Exception {
    Path files = Files.createDirectory(dir.resolve("files"));
    Files.writeString(files.resolve("settings"), "as before");
    Files.writeString(files.resolve("run-17.part"), "");
    Files.writeString(files.resolve("socket"), "");
    PrivateFile.write(files.resolve("password"), "open sesame");
    PrivateFile.write(files.resolve("token"), "Bearer open sesame");
    fillDatabases(files);
    StandInEngine engine = StandInEngine.in(dir, Version.DOCKER_29);
    String aligner = engine.create("aligner-17", "running", "");
    String labelled = engine.create("worker", "running", "org.example.run=17");
    String database = engine.create("database-17", "running", "");
    String viewer = engine.create("viewer-17", "running", "");
    List<String> deleted = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          deleted.add(
              exchange.getRequestURI() + " " + exchange.getRequestHeaders().get("Authorization"));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    try {
      assertThat(run(engine, files, "http://localhost:" + server.getAddress().getPort())).isZero();
    } finally {
      server.stop(0);
    }
    assertThat(files.toFile().list())
        .containsExactlyInAnyOrder(
            "settings", "log", "password", "published", "token", "results.mv.db", "runs.db");
    assertThat(files.resolve("settings")).hasContent("as before");
    assertThat(files.resolve("log")).isEmptyFile();
    assertThat(List.of(aligner, labelled)).noneMatch(engine::has);
    assertThat(List.of(engine.status(database), engine.status(viewer))).containsOnly("exited");
    assertThat(deleted)
        .containsExactlyInAnyOrder("/uploads/17 null", "/vms/17 [Bearer open sesame]");
    assertThat(count("jdbc:sqlite:" + files + "/runs.db", "", "SELECT count(*) FROM run")).isZero();
    assertThat(
            count(
                "jdbc:h2:file:" + files.resolve("results"),
                "open sesame",
                "SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'RUN_17'"))
        .isZero();
    try (Inspector inspector = Inspector.open(dir.resolve("state"))) {
      for (FunctionState state : FunctionState.ofANode()) {
        if (state == FunctionState.CANCELLED) {
          assertThat(inspector.status().count(state)).as("what was committed").isOne();
        } else if (state != FunctionState.DONE) {
          assertThat(inspector.status().count(state)).as(state.name()).isZero();
        }
      }
    }
  }

  private static void fillDatabases(Path files) throws SQLException {
    try (Connection h2 =
            DriverManager.getConnection(
                "jdbc:h2:file:" + files.resolve("results"), "ali", "open sesame");
        Statement h2Statement = h2.createStatement();
        Connection sqlite = DriverManager.getConnection("jdbc:sqlite:" + files + "/runs.db");
        Statement sqliteStatement = sqlite.createStatement()) {
      h2Statement.execute("CREATE SCHEMA run_17");
      sqliteStatement.execute("CREATE TABLE run (id INT)");
      sqliteStatement.execute("INSERT INTO run VALUES (17)");
    }
  }

  private static int count(String url, String password, String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url, "ali", password);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getInt(1);
    }
  }

  private int run(StandInEngine engine, Path files, String server) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
    command.add("--enable-native-access=ALL-UNNAMED"); // newer JDKs warn of it, and SQLite needs it
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Cookbook.class.getName()));
    command.addAll(List.of(dir.resolve("state").toString(), files.toString(), server));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("output").toFile());
    builder.environment().merge("PATH", engine.directory() + ":", (path, first) -> first + path);
    Process process = builder.start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(dir.resolve("output"))).doesNotContain("WARN", "ERROR");
    return process.exitValue();
  }
}
