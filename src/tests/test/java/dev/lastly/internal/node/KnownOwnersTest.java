package dev.lastly.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class KnownOwnersTest {
  private static final OwnerIdentity SOMEBODY =
      new OwnerIdentity(1, 1, "boot", "pid:[1]", 0, "node");

  private final List<OwnerRecord> rows = new ArrayList<>();
  private final AtomicLong version = new AtomicLong();
  private final AtomicLong highestId = new AtomicLong();
  private final AtomicLong time = new AtomicLong();
  private int readings;
  private final KnownOwners known =
      new KnownOwners(version::get, highestId::get, this::readRows, time::get);

  private List<OwnerRecord> readRows() {
    readings++;
    time.addAndGet(1_000);
    return List.copyOf(rows);
  }

  private void open(long id) {
    rows.add(new OwnerRecord(id, SOMEBODY, 1, false));
    highestId.set(Math.max(id, highestId.get()));
    version.incrementAndGet();
  }

  @Test
  void list_manyCommitsOfNoOwner_readsTheRowsOnce() {
    open(1);
    for (int i = 0; i < 100; i++) {
      assertThat(known.list()).hasSize(1);
      version.incrementAndGet();
    }
    assertThat(readings).isEqualTo(1);
  }

  @Test
  void list_anOwnerHasOpened_hasIt() {
    open(1);
    assertThat(known.list()).hasSize(1);
    open(2);
    assertThat(known.list()).hasSize(2);
  }

  @Test
  void list_anOwnerHasOpenedWithALowerId_hasItSoon() {
    open(7);
    assertThat(known.list()).hasSize(1);
    open(3);
    assertThat(known.list()).hasSize(1);
    time.addAndGet(200 * 1_000); // so many times what reading has taken
    version.incrementAndGet();
    assertThat(known.list()).hasSize(2);
  }

  @Test
  void list_anOwnerOpensWhileTheRowsAreRead_readsThemAgain() {
    open(1);
    KnownOwners racing =
        new KnownOwners(
            version::get,
            highestId::get,
            () -> {
              List<OwnerRecord> before = readRows();
              if (readings == 1) {
                open(2);
              }
              return before;
            },
            time::get);
    assertThat(racing.list()).hasSize(1);
    assertThat(racing.list()).hasSize(2);
  }

  @Test
  void read_anOwnerHasEnded_hasItNoMore() {
    open(1);
    open(2);
    assertThat(known.list()).hasSize(2);
    rows.remove(0);
    version.incrementAndGet();
    assertThat(known.list()).as("its lock byte is free, which shows soon enough").hasSize(2);
    assertThat(known.read()).hasSize(1);
    assertThat(known.list()).hasSize(1);
  }
}
