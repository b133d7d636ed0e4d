package dev.lastly.internal.node;

import dev.lastly.internal.spi.Upkeep;
import dev.lastly.internal.store.Store;
import java.time.Duration;

/** The database file and its history. */
final class NodeUpkeep implements Upkeep {
  private final Worker me;
  private final LogWatch logWatch;

  NodeUpkeep(Worker me) {
    this.me = me;
    this.logWatch = new LogWatch(me.directory().database(), me.store()::walBytes);
  }

  @Override
  public Pruning prune(Duration retention, long limit) {
    Store store = me.store();
    Store.Cutoff cutoff = store.cutoff(me.now() - retention.toMillis(), limit);
    return new Pruning() {
      @Override
      public boolean hasMore() {
        return store.isPrunable(cutoff);
      }

      @Override
      public int next() {
        return store.prune(cutoff, me.ownerId(), me.now());
      }
    };
  }

  @Override
  public void watch() {
    logWatch.look();
  }

  @Override
  public void compact() {
    me.store().compact();
  }
}
