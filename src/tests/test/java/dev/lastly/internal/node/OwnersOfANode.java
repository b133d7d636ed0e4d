package dev.lastly.internal.node;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Opening;
import dev.lastly.internal.spi.StoreUnderTest;
import dev.lastly.model.Durability;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.testkit.ManualClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A real database and a real lock file, with simulated processes. */
public final class OwnersOfANode implements StoreUnderTest {
  private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

  private final Path base;
  private final ManualClock clock = ManualClock.at(START);
  private final Map<Membership, Owners> members = new HashMap<>();
  private final Set<OwnerIdentity> dead = new HashSet<>();
  private long lastPid = 1_000_000_000;

  /** A node without owners; its state directory is in that directory. */
  public OwnersOfANode(Path base) {
    this.base = base;
  }

  @Override
  public synchronized Membership join(UnaryOperator<Settings.Builder> settings) {
    Settings own =
        settings
            .apply(Settings.builder().durability(Durability.PROCESS_CRASH))
            .reapInterval(Duration.ofHours(1))
            .onShutdown(OnShutdown.NOTHING)
            .build();
    lastPid++;
    OwnerIdentity self = new OwnerIdentity(lastPid, 7, "boot", "pid:[1]", 0, "node");
    Owners[] owners = new Owners[1];
    Node.Seams seams =
        new Node.Seams(
            lockFile -> {
              owners[0] = Owners.with(new Processes(self), Owners.open(lockFile).locks());
              return owners[0];
            },
            clock,
            UnaryOperator.identity());
    try (Opening opening = new Opening()) {
      Membership member = opening.complete(Node.join(opening, base, "deferred", own, seams));
      members.put(member, owners[0]);
      return member;
    }
  }

  /** The kernel frees the locks of a process that has died. */
  @Override
  public synchronized void kill(Membership owner) {
    Owners owners = Objects.requireNonNull(members.get(owner), "no owner of this store");
    dead.add(owners.self());
    owners.locks().release(owner.self().row());
    if (owner.liveness().isWatching()) {
      owners.locks().release(Owners.WATCHER);
    }
  }

  @Override
  public void pass(Duration time) {
    Instant unused = clock.advance(time);
  }

  @Override
  public synchronized void close() {
    for (Map.Entry<Membership, Owners> member : members.entrySet()) {
      member.getKey().store().close();
      member.getValue().locks().release(member.getKey().self().row());
      member.getKey().liveness().retire();
    }
  }

  /** What one process sees of the others. */
  private final class Processes implements Owners.ProcessTable {
    private final OwnerIdentity self;

    Processes(OwnerIdentity self) {
      this.self = self;
    }

    @Override
    public OwnerIdentity self() {
      return self;
    }

    @Override
    public Owners.Sighting look(OwnerIdentity process) {
      synchronized (OwnersOfANode.this) {
        return dead.contains(process) ? Owners.Sighting.GONE : Owners.Sighting.RUNNING;
      }
    }
  }
}
