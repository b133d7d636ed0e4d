package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

final class StatementsTest {
  /** An error at run time, after which the driver finalizes the statement. */
  @Test
  void number_afterItHasFailedAtRunTime_works() throws SQLException {
    String sql = "SELECT count(*) FROM json_each(?)";
    try (Statements db = new Statements(DriverManager.getConnection("jdbc:sqlite::memory:"))) {
      assertThatThrownBy(() -> db.number(sql, "{bad")).isInstanceOf(SQLException.class);
      assertThat(db.number(sql, "[1, 2]")).isEqualTo(2);
    }
  }
}
