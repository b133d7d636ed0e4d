package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose end was forced while it lived cannot withdraw what is another's by now. */
final class CancelTest {
  @TempDir private Path directory;

  @Test
  void cancel_afterTheRowWasClaimed_isRefused() throws Exception {
    try (Store store = TestStore.open(directory)) {
      long owner = TestStore.owner(store);
      Store.Registered row =
          store.register(TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false);
      long successor = TestStore.owner(store);
      assertThat(store.endOwner(owner, successor, "forced", "I know", 2_000)).isTrue();
      ClaimRequest claim =
          new ClaimRequest(owner, row.jobId(), row.jobId(), List.of(), attempt -> 0);
      assertThat(store.claim(claim, successor, TestStore.ME, 3_000)).containsKey(row.jobId());
      assertThat(store.cancel(row.functionId(), owner, 4_000, false)).isFalse();
      assertThat(TestStore.query(directory, "SELECT state, owner_id FROM deferred_function"))
          .containsExactly("deferred|" + successor);
      assertThat(store.cancel(row.functionId(), successor, 5_000, false)).isTrue();
    }
  }
}
