package dev.lastly.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.model.Action;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code reapByForce} on an owner of verdict UNKNOWN, without its lock file and pid namespace. */
@SuppressWarnings("serial") // the package is called internal
final class ForceTest {
  private static final AtomicInteger RUNS = new AtomicInteger();

  @TempDir private Path base;
  private boolean held;

  static void count() {
    RUNS.incrementAndGet();
  }

  @BeforeEach
  void forget() {
    RUNS.set(0);
  }

  @Test
  void reap_ownerUnknown_isLeftAloneAndShown_untilForced() throws SQLException {
    Engine lost = open(worker(1, "pid:[1]"));
    OwnerId id = lost.ownerId();
    Engine.JobSession job = lost.openJob("lost");
    FunctionId unused = job.defer(Codec.encode((Action.Of0) ForceTest::count, List.of()));
    assertThat(unused.row()).isPositive();
    Engine reaper = open(worker(2, "pid:[2]"));
    assertThat(reaper.reap()).isZero();
    assertThat(one("SELECT doubt FROM owner_timeline WHERE id = " + id))
        .contains("the lock file is not the one it registered with")
        .contains("pid namespace pid:[1]");
    assertThat(one("SELECT owner_doubt FROM pending_function")).contains("lock file");

    assertThat(reaper.reapByForce(id, "the machine was taken away")).isEqualTo(1);
    assertThat(RUNS).hasValue(1);
    assertThat(one("SELECT end_reason || ': ' || evidence FROM owner WHERE id = " + id))
        .startsWith("forced: by force of ")
        .endsWith("the machine was taken away");
    assertThat(one("SELECT action || ' ' || owner_id || ' ' || reason FROM operator_action"))
        .isEqualTo("end owner by force " + id + " the machine was taken away");
    assertThat(one("SELECT verdict FROM claim")).isEqualTo("FORCED");
    assertThat(one("SELECT ifnull(doubt, 'none') FROM owner WHERE id = " + id)).isEqualTo("none");
    reaper.close();
  }

  @Test
  void reapByForce_withoutGoodCause_isRefused() {
    Engine other = open(worker(1, "pid:[1]"));
    Engine reaper = open(worker(2, "pid:[2]"));
    assertThatThrownBy(() -> reaper.reapByForce(other.ownerId(), " "))
        .hasMessageContaining("say why owner");
    assertThatThrownBy(() -> reaper.reapByForce(new OwnerId(4711L), "x"))
        .hasMessageContaining("no open owner has the id 4711");
    assertThatThrownBy(() -> reaper.reapByForce(reaper.ownerId(), "x"))
        .hasMessageContaining("this manager itself");
    held = true;
    assertThatThrownBy(() -> reaper.reapByForce(other.ownerId(), "I am sure"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("owner " + other.ownerId() + " lives: its lock byte");
    other.close();
    reaper.close();
  }

  private String one(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + base.resolve("deferred/deferred.db"));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : "(no row)";
    }
  }

  private Engine open(Owners owners) {
    Settings settings =
        Settings.builder().reapInterval(Duration.ZERO).onShutdown(OnShutdown.NOTHING).build();
    return Node.open(
        base,
        "deferred",
        settings,
        new Node.Seams(path -> owners, InstantSource.system(), UnaryOperator.identity()));
  }

  /** A worker in a container of its own, whose lock file is never that of another. */
  private Owners worker(long number, String namespace) {
    OwnerIdentity self = new OwnerIdentity(number, number, "boot", namespace, 0, "node");
    return Owners.with(
        new Owners.ProcessTable() {
          @Override
          public OwnerIdentity self() {
            return self;
          }

          @Override
          public Owners.Sighting look(OwnerIdentity process) {
            return Owners.Sighting.UNREADABLE;
          }
        },
        new Owners.OwnerLocks() {
          @Override
          public long inode() {
            return held ? 1 : number;
          }

          @Override
          public boolean isInPlace() {
            return true;
          }

          @Override
          public boolean hold(long byteNumber) {
            return true;
          }

          @Override
          public void release(long byteNumber) {}

          @Override
          public Owners.HeldBytes holders() {
            return Owners.HeldBytes.NONE;
          }

          @Override
          public Owners.Holder probe(long byteNumber) {
            return Owners.Holder.ANOTHER_PROCESS;
          }

          @Override
          public Owners.Held exclusive(Duration timeout) {
            return () -> {};
          }
        });
  }
}
