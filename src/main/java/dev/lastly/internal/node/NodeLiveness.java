package dev.lastly.internal.node;

import dev.lastly.internal.spi.Liveness;
import dev.lastly.internal.spi.OwnerId;

/**
 * Who lives, by kernel locks and the process table. This owner is alive to the others while its
 * process holds its lock byte; it gives the byte back when its row says that it has ended.
 */
final class NodeLiveness implements Liveness {
  private final Worker me;
  private final OwnerId self;
  private final Lookout lookout;
  private final Force force;

  NodeLiveness(Worker me) {
    this.me = me;
    this.self = new OwnerId(me.ownerId());
    this.lookout = new Lookout(me);
    this.force = new Force(me);
  }

  @Override
  public OwnerId self() {
    return self;
  }

  @Override
  public int look() {
    return lookout.look();
  }

  @Override
  public int lookIfDue() {
    return lookout.lookIfDue();
  }

  @Override
  public int lookInTurn(boolean round) {
    return lookout.lookInTurn(round);
  }

  @Override
  public long roundNanos() {
    return lookout.roundNanos();
  }

  @Override
  public long nextWaitNanos() {
    return lookout.nextWaitNanos();
  }

  @Override
  public boolean isWatching() {
    return lookout.isWatching();
  }

  @Override
  public void retire() {
    lookout.retire();
  }

  @Override
  public void force(OwnerId owner, String reason) {
    force.end(owner.row(), reason);
  }

  @Override
  public void leave(String reason) {
    // If this fails, the byte stays held: the row says that the owner is open, and so it is.
    me.store().closeOwner(me.ownerId(), reason, me.now());
    me.owners().locks().release(me.ownerId());
  }
}
