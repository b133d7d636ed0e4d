package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.util.List;

/** An owner with one function, {@code f}, and a worker that claims it as soon as it may. */
final class Scene {
  private final Path base;
  private final Ledger ledger;

  Scene(Path base) {
    this.base = base;
    this.ledger = new Ledger(base.resolve("ledger"));
  }

  Ledger ledger() {
    return ledger;
  }

  /** Makes the process an owner; returns the owner's id. */
  long own(WorkerProcess owner, String... options) throws Exception {
    long id =
        Long.parseLong(owner.call("open m " + base + " " + String.join(" ", options(options))));
    owner.call("job m j");
    owner.call("defer j log %s f".formatted(ledger.file()));
    return id;
  }

  /** Makes the process look for the dead, fast. */
  void watch(WorkerProcess sibling, String... options) throws Exception {
    sibling.call("open m " + base + " " + String.join(" ", options(options)));
  }

  private static List<String> options(String... options) {
    return options.length == 0 ? List.of("reap=50") : List.of(options);
  }

  /** However often the sibling looks, it leaves the owner alone. */
  void assertLeftAlone(WorkerProcess sibling, long ownerId) throws Exception {
    for (int i = 0; i < 30; i++) {
      assertThat(sibling.call("reap m")).isEqualTo("0");
    }
    assertThat(ledger.tags()).isEmpty();
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT id FROM owner WHERE closed_at IS NULL"))
          .contains(Long.toString(ownerId));
      assertThat(db.number("SELECT count(*) FROM claim")).isZero();
    }
  }

  /** The owner itself runs the function, once. */
  void assertRunsItself(WorkerProcess owner) throws Exception {
    owner.call("end j");
    assertThat(ledger.entries()).containsExactly(new Ledger.Entry("f", owner.pid()));
  }

  /** The sibling finds the owner dead, for that reason, and runs the function, once. */
  void assertInherited(WorkerProcess sibling, long ownerId, String evidence) throws Exception {
    Await.until("the sibling runs it", () -> !ledger.tags().isEmpty());
    Await.until(
        "that is recorded",
        () -> {
          try (Database db = Database.read(base)) {
            return db.functions().contains("f|done|1");
          }
        });
    assertThat(ledger.entries()).containsExactly(new Ledger.Entry("f", sibling.pid()));
    try (Database db = Database.read(base)) {
      assertThat(db.text("SELECT end_reason || ': ' || evidence FROM owner WHERE id = " + ownerId))
          .startsWith("died: ")
          .contains(evidence);
      assertThat(db.rows("SELECT from_owner, verdict FROM claim"))
          .containsExactly(ownerId + "|DEAD");
    }
  }
}
