package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.sql.KnownHistory;
import dev.lastly.support.Sqlite3;
import dev.lastly.testkit.StoreInvariants;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each statement of {@code docs/auditing.md} gives, in the {@code sqlite3} program, the answer
 * below it, and reads as many rows as it says.
 */
class AuditingDocTest {
  private static final String PAGE = "docs/auditing.md";

  /** An answer with more rows than the first is cut to the second. */
  private static final int LONGEST = 3;

  private static final int SHOWN = 2;

  private static final Pattern QUESTION =
      Pattern.compile(
          "(?ms)^### (?<title>[^\\n]+)\\n(?<text>.*?)(?:^Reads (?<reads>[^\\n]+)\\n\\n)?"
              + "^```sql\\n(?<sql>.*?)^```\\n(?<answer>.*?)(?=^##|\\z)");

  /** What the statements, and the views, call the tables. */
  private static final Map<String, String> ALIASES =
      Map.ofEntries(
          Map.entry("f", "deferred_function"),
          Map.entry("code", "code"),
          Map.entry("j", "job"),
          Map.entry("o", "owner"),
          Map.entry("a", "attempt"),
          Map.entry("b", "attempt"),
          Map.entry("again", "attempt"),
          Map.entry("earlier", "attempt"),
          Map.entry("c", "claim"),
          Map.entry("k", "claim"),
          Map.entry("p", "operator_action"),
          Map.entry("u", "unresolvable_function"));

  /** Functions that SQLite 3.38 does not have, and syntax likewise. */
  private static final Pattern YOUNGER =
      Pattern.compile(
          "(?i)\\b(timediff|octet_length|concat|concat_ws|string_agg|unhex|unistr|median|percentile"
              + "|percentile_cont|jsonb?_\\w*b|subsec|subsecond|(right|full) (outer )?join)\\b"
              + "|IS (NOT )?DISTINCT|\\d_\\d");

  @TempDir private static Path base;
  private static Path database;

  /** One question of the page. */
  record Question(String title, String reads, String sql, String answer) {
    @Override
    public String toString() {
      return title;
    }
  }

  @BeforeAll
  static void makeHistory() throws Exception {
    database = KnownHistory.create(base);
    StoreInvariants.all().check(database);
  }

  static List<Question> questions() throws IOException {
    return QUESTION
        .matcher(Markdown.read(PAGE).text())
        .results()
        .map(AuditingDocTest::question)
        .toList();
  }

  @Test
  void page_answersAndCosts_areThoseOfTheKnownHistory() throws Exception {
    Markdown page = Markdown.read(PAGE);
    Matcher matcher = QUESTION.matcher(page.text());
    StringBuilder expected = new StringBuilder();
    while (matcher.find()) {
      String section =
          "### %s\n%sReads %s\n\n```sql\n%s```\n\n%s\n"
              .formatted(
                  matcher.group("title"),
                  matcher.group("text"),
                  reads(matcher.group("sql")),
                  matcher.group("sql"),
                  answer(matcher.group("sql")));
      matcher.appendReplacement(expected, Matcher.quoteReplacement(section));
    }
    matcher.appendTail(expected);
    page.requireSame(expected.toString().stripTrailing() + "\n");
  }

  @Test
  void page_questions_areTwentyAndNumbered() throws Exception {
    assertThat(questions().stream().map(q -> q.title().replaceAll("\\..*", "")).toList())
        .isEqualTo(Stream.iterate(1, i -> i + 1).limit(20).map(String::valueOf).toList());
  }

  @ParameterizedTest
  @MethodSource("questions")
  void statement_isOne_andUsesNothingYoungerThanSqlite338(Question question) {
    assertThat(question.sql()).matches("(?s)(SELECT|WITH)[^;]*;\\n");
    assertThat(YOUNGER.matcher(question.sql()).results().map(MatchResult::group)).isEmpty();
  }

  private static Question question(MatchResult match) {
    Matcher parts = QUESTION.matcher(match.group());
    assertThat(parts.find()).isTrue();
    return new Question(
        parts.group("title"), parts.group("reads"), parts.group("sql"), parts.group("answer"));
  }

  private static String answer(String sql) throws Exception {
    List<List<String>> lines =
        Sqlite3.ask(database, sql).stream()
            .map(line -> List.of(line.split(Sqlite3.SEPARATOR, -1)))
            .toList();
    // Without a row there is no heading either.
    if (lines.isEmpty()) {
      return Markdown.table(List.of(), List.of());
    }
    List<List<String>> rows = lines.subList(1, lines.size());
    return rows.size() <= LONGEST
        ? Markdown.table(lines.get(0), rows)
        : Markdown.table(lines.get(0), rows.subList(0, SHOWN))
            + "\n… %d rows in all.\n".formatted(rows.size());
  }

  /** The tables that SQLite reads as a whole, according to its plan. */
  private static String reads(String sql) throws Exception {
    if (sql.contains("integrity_check")) {
      return "the whole file.";
    }
    SortedSet<String> scanned = new TreeSet<>();
    for (String line : plan(sql)) {
      Matcher scan = Pattern.compile("SCAN (\\w+)(?: .*INDEX (\\w+).*)?").matcher(line);
      if (scan.matches() && !isSmall(scan.group(2))) {
        String table = ALIASES.getOrDefault(scan.group(1), scan.group(1));
        if (ALIASES.containsValue(table)) {
          scanned.add("`" + table + "`");
        }
      }
    }
    return scanned.isEmpty()
        ? "no table as a whole."
        : "all of " + String.join(", ", scanned) + ".";
  }

  /** Such an index has only rows that are few: unfinished, quarantined, open. */
  private static boolean isSmall(@Nullable String index) throws Exception {
    String sql =
        """
        SELECT 1 FROM sqlite_schema
        WHERE name = '%s' AND sql LIKE '%% WHERE %%' AND sql NOT LIKE '%%''done''%%' AND sql NOT LIKE '%%IS NOT NULL%%'
        """;
    return index != null && !query(sql.formatted(index)).isEmpty();
  }

  /** By the driver's SQLite, which is the same everywhere. */
  private static List<String> plan(String sql) throws Exception {
    return query("EXPLAIN QUERY PLAN " + sql);
  }

  private static List<String> query(String sql) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        lines.add(rows.getString(rows.getMetaData().getColumnCount()));
      }
      return lines;
    }
  }
}
