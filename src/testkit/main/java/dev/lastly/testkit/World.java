package dev.lastly.testkit;

import dev.lastly.cleanup.ProcessId;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.model.FunctionState;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is left after a worker was killed (or ended) and another one has cleaned up. The check of a
 * {@link CrashTest} judges it. Immutable and thread-safe; its files and processes are gone after
 * the check.
 */
public final class World {
  private final Path directory;
  private final Path stateDirectory;
  private final CrashPoint crashPoint;
  private final List<Function> functions;
  private final List<ProcessHandle> processes;

  World(
      Path directory,
      Path stateDirectory,
      CrashPoint crashPoint,
      List<Function> functions,
      List<ProcessHandle> processes) {
    this.directory = directory;
    this.stateDirectory = stateDirectory;
    this.crashPoint = crashPoint;
    this.functions = List.copyOf(functions);
    this.processes = List.copyOf(processes);
  }

  /**
   * A deferred function at the end of a run. Immutable.
   *
   * @param id the column {@code id} of its row
   * @param name its name for people, such as {@code Cleanup::deleteTree}
   * @param reference its class and method, such as {@code dev.lastly.cleanup.Cleanup#deleteTree}
   * @param state {@link FunctionState#DONE} or {@link FunctionState#CANCELLED}, if the crash point
   *     has no other problem
   * @param attempts the number of its attempts, including those that were cut off by a kill
   * @param lastError the error of its last failed attempt; null if none failed
   */
  public record Function(
      long id,
      String name,
      String reference,
      FunctionState state,
      int attempts,
      @Nullable String lastError) {

    /** Whether the function is done or cancelled. */
    boolean isClean() {
      return state == FunctionState.DONE || state == FunctionState.CANCELLED;
    }
  }

  /**
   * The worker's working directory, which was empty when the worker started.
   *
   * @return an absolute path; another one for each crash point
   */
  public Path directory() {
    return directory;
  }

  /**
   * The base of the state directory that the worker was given.
   *
   * @return an absolute path; open the files in it only through SQLite
   */
  public Path stateDirectory() {
    return stateDirectory;
  }

  /**
   * Where the worker was killed.
   *
   * @return the crash point; its {@link CrashPoint#number} is 0 if this is the run without a kill
   */
  public CrashPoint crashPoint() {
    return crashPoint;
  }

  /**
   * Every function that was registered, oldest first.
   *
   * @return an immutable list
   */
  public List<Function> functions() {
    return functions;
  }

  /**
   * The processes that the killed worker or its recovery had started and that still run. The test
   * kills them after the check.
   *
   * @return an immutable list
   */
  public List<ProcessHandle> processes() {
    return processes;
  }

  static List<ProcessHandle> running(List<ProcessHandle> processes) {
    return processes.stream().filter(World::runs).toList();
  }

  private static boolean runs(ProcessHandle process) {
    try {
      return ProcessId.of(process).pid() == process.pid(); // false for a zombie
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  /** Reads through SQLite: closing a descriptor of the file would drop this JVM's locks. */
  static List<Function> functions(Path database) throws SQLException {
    List<Function> functions = new ArrayList<>();
    try (Connection connection = SqliteFile.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT id, name, function, state, attempts, last_error
                FROM function_call ORDER BY id
                """)) {
      while (row.next()) {
        functions.add(
            new Function(
                row.getLong(1),
                row.getString(2),
                row.getString(3).replaceFirst("\\(.*", ""),
                FunctionState.fromColumn(row.getString(4)),
                row.getInt(5),
                row.getString(6)));
      }
    }
    return functions;
  }

  /** Whether a manager was ever opened on this database. */
  static boolean hasOwners(Path database) throws SQLException {
    try (Connection connection = SqliteFile.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM owner")) {
      return row.getLong(1) > 0;
    }
  }
}
