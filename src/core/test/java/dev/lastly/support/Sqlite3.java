package dev.lastly.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The {@code sqlite3} program of this machine, which auditors and operators use. Answers are in its
 * list mode with headings, which is the same in all its versions.
 */
public final class Sqlite3 {
  /** Between the columns of an answer: the unit separator, which no text of ours contains. */
  public static final String SEPARATOR = "\u001f";

  private static final long PATIENCE_SECONDS = 30;

  private Sqlite3() {}

  /**
   * The end of one run.
   *
   * @param status its exit status
   * @param lines its standard output
   * @param errors its standard error
   */
  public record Outcome(int status, List<String> lines, String errors) {}

  /** Asks a question; the first line has the names of the columns. */
  public static List<String> ask(Path database, String sql) throws Exception {
    Outcome outcome = run(List.of("-readonly", "-header"), database, sql);
    if (outcome.status() != 0 || !outcome.errors().isEmpty()) {
      throw new AssertionError("sqlite3 could not answer: " + outcome.errors() + "\n" + sql);
    }
    return outcome.lines();
  }

  /** Writes as an operator at the prompt does; the program stops at the first error. */
  public static Outcome write(Path database, String sql) throws Exception {
    return run(List.of("-bail"), database, sql);
  }

  /** Starts one that stays, for reading. */
  public static Session open(Path database) throws Exception {
    return new Session(start(List.of("-readonly"), database, Path.of("/dev/null")));
  }

  /** A prompt that stays open. For one thread. */
  public static final class Session implements AutoCloseable {
    private static final String END = "(end of answer)";

    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    private Session(Process process) {
      this.process = process;
      this.in = process.outputWriter(UTF_8);
      this.out = process.inputReader(UTF_8);
    }

    /** Gives it statements, and returns what it prints. */
    public List<String> say(String sql) throws IOException {
      in.write(sql + ";\nSELECT '" + END + "';\n");
      in.flush();
      List<String> lines = new ArrayList<>();
      for (String line = out.readLine(); !END.equals(line); line = out.readLine()) {
        if (line == null) {
          throw new AssertionError("sqlite3 ended instead of answering: " + sql);
        }
        lines.add(line);
      }
      return lines;
    }

    /** Whether the process is there. */
    public boolean isAlive() {
      return process.isAlive();
    }

    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }

  private static Outcome run(List<String> options, Path database, String sql) throws Exception {
    Path errors = Files.createTempFile("sqlite3-", ".err");
    try {
      Process process = start(options, database, errors);
      try (Writer in = process.outputWriter(UTF_8)) {
        in.write(sql);
      }
      List<String> lines = process.inputReader(UTF_8).lines().toList();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("sqlite3 did not end: " + sql);
      }
      return new Outcome(process.exitValue(), lines, Files.readString(errors));
    } finally {
      Files.delete(errors);
    }
  }

  private static Process start(List<String> options, Path database, Path errors)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("sqlite3", "-batch", "-init", "/dev/null"));
    command.addAll(List.of("-list", "-separator", SEPARATOR, "-nullvalue", ""));
    command.addAll(options);
    command.add(database.toString());
    return new ProcessBuilder(command).redirectError(errors.toFile()).start();
  }
}
