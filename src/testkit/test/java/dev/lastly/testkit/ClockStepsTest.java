package dev.lastly.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredHandle;
import dev.lastly.Inspector;
import dev.lastly.JobContext;
import dev.lastly.Operator;
import dev.lastly.model.RetryPolicy;
import dev.lastly.support.Database;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules hold when the clock steps back, at any moment; and the order still counts. */
class ClockStepsTest {
  private static final Duration BACK = Duration.ofSeconds(-10);

  /** Where the numbers of changes are. */
  private static final Map<String, List<String>> NUMBERS =
      Map.of(
          "deferred_function", List.of("finished_no", "begun_no"),
          "attempt", List.of("begun_no", "ended_no"),
          "claim", List.of("change_no"),
          "operator_action", List.of("change_no"),
          "owner", List.of("opened_no", "ended_no"));

  private static final String SWAP =
      "UPDATE %1$s SET %2$s = %3$d + %4$d - %2$s WHERE %2$s IN (%3$d, %4$d)";

  @TempDir private Path directory;

  /** A step of a history. */
  @FunctionalInterface
  private interface Act {
    void act() throws Exception;
  }

  /** A node whose clock steps back once. For one thread. */
  private static final class History {
    private final TestNode node;
    private final Path base;
    private final List<Act> acts = new ArrayList<>();
    private final List<JobContext> jobs = new ArrayList<>();
    private final List<DeferredHandle> handles = new ArrayList<>();

    History(Path base) {
      this.base = base;
      this.node =
          TestNode.open(
              base,
              settings ->
                  settings.retry(
                      RetryPolicy.builder()
                          .maxAttempts(2)
                          .initialBackoff(Duration.ofSeconds(1))
                          .build()));
      acts.add(() -> node.worker("a"));
      acts.add(() -> jobs.add(node.worker("a").openJob("one")));
      acts.add(() -> defer(0, "x"));
      acts.add(() -> defer(0, "y"));
      acts.add(() -> handles.get(0).cancel());
      acts.add(() -> jobs.add(node.worker("b").openJob("two")));
      acts.add(() -> handles.add(jobs.get(1).defer(ClockStepsTest::fail)));
      acts.add(() -> handles.add(jobs.get(1).defer(ClockStepsTest::fail)));
      acts.add(() -> defer(1, "z"));
      acts.add(() -> node.worker("a").kill());
      acts.add(() -> node.worker("c").reap());
      acts.add(() -> jobs.get(1).close());
      acts.add(() -> node.worker("b").kill());
      acts.add(() -> node.worker("c").reap());
      acts.add(() -> node.clock().advance(Duration.ofMinutes(1)));
      acts.add(() -> node.worker("c").reap());
      acts.add(this::retry);
      acts.add(() -> node.worker("c").reap());
      acts.add(() -> node.worker("c").close());
      acts.add(() -> node.worker("d").close());
    }

    private void defer(int job, String what) {
      handles.add(jobs.get(job).defer(ClockStepsTest::nothing, what));
    }

    private void retry() {
      try (Operator operator = Operator.open(base)) {
        operator.retry(3, "once more");
      }
    }

    void play(int step) throws Exception {
      for (int i = 0; i < acts.size(); i++) {
        if (i == step) {
          node.clock().advance(BACK);
        }
        acts.get(i).act();
        StoreInvariants.all().check(Database.file(base));
      }
      node.close();
    }
  }

  static void nothing(String what) {}

  static void fail() {
    throw new IllegalStateException("on purpose");
  }

  @Test
  void check_clockStepsBackBeforeAnyStep_findsNothing() throws Exception {
    int steps = new History(directory.resolve("count")).acts.size();
    for (int step = 0; step <= steps; step++) {
      new History(directory.resolve("step" + step)).play(step);
    }
    try (Inspector inspector = Inspector.open(directory.resolve("step8"))) {
      assertThat(inspector.status().functions().values()).contains(2L);
    }
  }

  /** Two changes in the place of each other: each rule of the order must see one of these. */
  @Test
  void check_anyTwoChangesChangePlaces_everyRuleOfTheOrderFindsSome() throws Exception {
    Path base = directory.resolve("order");
    new History(base).play(-1);
    Set<String> broken = new TreeSet<>();
    try (Connection connection = Database.open(Database.file(base));
        Statement statement = connection.createStatement()) {
      for (String guard :
          List.of(
              "attempt_is_fixed",
              "claim_is_fixed",
              "operator_action_is_fixed",
              "owner_numbers_are_fixed",
              "function_changes_legally")) {
        statement.execute("DROP TRIGGER " + guard);
      }
      long events = number(statement, "SELECT last FROM change");
      connection.setAutoCommit(false);
      for (long one = 1; one <= events; one++) {
        for (long other = one + 1; other <= events; other++) {
          for (Map.Entry<String, List<String>> table : NUMBERS.entrySet()) {
            for (String column : table.getValue()) {
              statement.execute(SWAP.formatted(table.getKey(), column, one, other));
            }
          }
          StoreInvariants.all().violations(connection).forEach(rule -> broken.add(rule.name()));
          connection.rollback();
        }
      }
    }
    assertThat(broken)
        .contains(
            "order_of_an_owner",
            "order_of_an_attempt",
            "order_of_a_claim",
            "run_after_the_claim",
            "one_attempt_at_a_time");
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      return row.getLong(1);
    }
  }
}
