package dev.lastly.testkit;

import dev.lastly.internal.sqlite.SqliteFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The rules that every committed state of a database must keep, as plain SQL in {@code
 * invariants.sql} beside this class.
 *
 * <p>Promised: all rules are checked against one snapshot; nothing is written; workers can continue
 * to work. A sound database never breaks a rule, whatever the wall clock does: the rules take the
 * order of events from ids and from the numbers of changes, never from times.
 *
 * <p>Not promised: that a database which breaks no rule is correct. A snapshot does not show what
 * was never written, nor what a function did.
 *
 * <p>Immutable and thread-safe, but a connection that is passed in must be used by one thread at a
 * time.
 */
public final class StoreInvariants {
  /** How many offending rows a violation shows at most. */
  public static final int MAX_ROWS = 10;

  private static final Pattern RULE = Pattern.compile("(?m)^--@ (\\w+): (.+)\\R([^;]+);");
  private static final StoreInvariants ALL = new StoreInvariants(parse(resource()));

  private final List<Rule> rules;

  private StoreInvariants(List<Rule> rules) {
    this.rules = rules;
  }

  private record Rule(String name, String text, String sql) {}

  /**
   * A rule that does not hold.
   *
   * @param name the rule, in one word
   * @param text what must be true
   * @param rows the rows that break it, one text each and at most {@link #MAX_ROWS}; if there are
   *     more, the last text says so
   */
  public record Violation(String name, String text, List<String> rows) {
    @Override
    public String toString() {
      return name + " (" + text + "):\n    " + String.join("\n    ", rows);
    }
  }

  /**
   * All rules.
   *
   * @return always the same instance
   */
  public static StoreInvariants all() {
    return ALL;
  }

  /**
   * The names of the rules, in the order in which they are checked.
   *
   * @return an immutable list
   */
  public List<String> names() {
    return rules.stream().map(Rule::name).toList();
  }

  /**
   * Finds the broken rules. Waits up to 30 s for a locked database.
   *
   * @param database the file {@code deferred.db}; it is opened through SQLite, never with Java I/O,
   *     because closing a descriptor of it would drop this process's locks
   * @return one violation for each broken rule; empty if none is broken
   * @throws SQLException if the file does not exist or cannot be read
   */
  public List<Violation> violations(Path database) throws SQLException {
    if (!Files.exists(database)) {
      throw new SQLException(
          "there is no database " + database + "; give the path of a file deferred.db");
    }
    try (Connection connection = SqliteFile.connect(database)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA busy_timeout = 30000");
        statement.execute("PRAGMA query_only = ON");
      }
      return violations(connection);
    }
  }

  /**
   * Finds the broken rules.
   *
   * @param connection to a database; without auto-commit its own transaction is used, else one that
   *     is rolled back at the end
   * @return one violation for each broken rule; empty if none is broken
   * @throws SQLException if the database cannot be read
   */
  public List<Violation> violations(Connection connection) throws SQLException {
    List<Violation> violations = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      boolean own = connection.getAutoCommit();
      if (own) {
        statement.execute("BEGIN"); // one snapshot for all rules
      }
      try {
        for (Rule rule : rules) {
          List<String> rows = offending(statement, rule);
          if (!rows.isEmpty()) {
            violations.add(new Violation(rule.name(), rule.text(), rows));
          }
        }
      } finally {
        if (own) {
          statement.execute("ROLLBACK");
        }
      }
    }
    return violations;
  }

  /**
   * Fails if any rule is broken.
   *
   * @param database the file {@code deferred.db}, as in {@link #violations(Path)}
   * @throws AssertionError if a rule is broken; the message lists each broken rule
   * @throws SQLException if the file does not exist or cannot be read
   */
  public void check(Path database) throws SQLException {
    require(violations(database));
  }

  /**
   * Fails if any rule is broken.
   *
   * @param connection as in {@link #violations(Connection)}
   * @throws AssertionError if a rule is broken; the message lists each broken rule
   * @throws SQLException if the database cannot be read
   */
  public void check(Connection connection) throws SQLException {
    require(violations(connection));
  }

  private static void require(List<Violation> violations) {
    if (!violations.isEmpty()) {
      throw new AssertionError(
          violations.stream()
              .map(Violation::toString)
              .collect(Collectors.joining("\n  ", "the database breaks its rules:\n  ", "")));
    }
  }

  private static List<String> offending(Statement statement, Rule rule) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery(rule.sql())) {
      while (result.next()) {
        if (rows.size() == MAX_ROWS) {
          rows.set(MAX_ROWS - 1, "… and more");
          return rows;
        }
        rows.add(text(result));
      }
    } catch (SQLException e) {
      throw new SQLException("cannot check rule " + rule.name(), e);
    }
    return rows;
  }

  private static String text(ResultSet row) throws SQLException {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
      text.append(i == 1 ? "" : ", ").append(row.getMetaData().getColumnLabel(i));
      text.append(" = ").append(row.getString(i));
    }
    return text.toString();
  }

  private static List<Rule> parse(String file) {
    List<Rule> rules = new ArrayList<>();
    Matcher rule = RULE.matcher(file);
    while (rule.find()) {
      rules.add(new Rule(rule.group(1), rule.group(2), rule.group(3)));
    }
    return List.copyOf(rules);
  }

  private static String resource() {
    try (InputStream in = StoreInvariants.class.getResourceAsStream("invariants.sql")) {
      if (in == null) {
        throw new IllegalStateException("invariants.sql is missing beside StoreInvariants");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read invariants.sql", e);
    }
  }
}
