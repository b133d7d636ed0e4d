package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A reader that pages by a damaged index notices it, although SQLite reads the index without an
 * error.
 */
@Timeout(60)
final class DamagedIndexTest {
  @TempDir private Path directory;

  private void declareAs(String columns) throws Exception {
    TestStore.execute(
        directory,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, '(owner_id, job_id, id)', '%s')"
                .formatted(columns)
            + " WHERE name = 'function_unfinished'",
        "PRAGMA schema_version = 1000");
  }

  private void fill() {
    try (Store store = TestStore.open(directory)) {
      long owner = TestStore.owner(store);
      for (int i = 0; i < 3; i++) {
        long job =
            TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 1, 1, false)
                .job()
                .row();
        TestStore.Job row = TestStore.job(job, owner, 1);
        TestStore.register(store, row, TestStore.CALL, 1, 1, false);
      }
    }
  }

  @Test
  void orphans_jobsOutOfOrder_isRefusedAsDamaged() throws Exception {
    fill();
    declareAs("(owner_id, job_id DESC, id)");
    try (Store store = TestStore.open(directory)) {
      assertThatThrownBy(() -> store.orphans(1, Order.REGISTRATION, 0, 0, 5, 64))
          .isInstanceOf(StoreException.class)
          .hasMessageContainingAll("function_unfinished", "out of order", "damaged");
    }
  }

  @Test
  void runnable_functionsOutOfOrder_isRefusedAsDamaged() throws Exception {
    fill();
    declareAs("(owner_id, job_id, id DESC)");
    try (Store store = TestStore.open(directory)) {
      assertThatThrownBy(() -> store.runnable(1, 1, Order.REGISTRATION, 0, 5, 64))
          .isInstanceOf(StoreException.class)
          .hasMessageContainingAll("function_unfinished", "out of order", "damaged");
    }
  }
}
