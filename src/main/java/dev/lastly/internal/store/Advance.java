package dev.lastly.internal.store;

import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.sqlite.PendingWrite;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.FunctionState;
import java.sql.SQLException;

/** Records attempts that have ended and begins the next, see {@link Store#advance}. */
final class Advance implements PendingWrite.Task<AttemptStep.Result> {
  private final AttemptStep step;
  private final OwnerKey me;
  private final long now;
  private final boolean quiet;

  Advance(AttemptStep step, OwnerKey me, long now) {
    this.step = step;
    this.me = me;
    this.now = now;
    this.quiet = isQuiet(step, me);
  }

  /**
   * A retry or what has been claimed may be work, or may be what others wait for. What an owner has
   * registered itself and is done is neither.
   */
  private static boolean isQuiet(AttemptStep step, OwnerKey me) {
    for (EndedAttempt ended : step.ended()) {
      if (ended.result().next() != FunctionState.DONE || ended.function().fence().isClaimed()) {
        return false;
      }
    }
    if (step.next().isEmpty()) {
      return true;
    }
    RowFence fence = RowFence.of(step.next().get(0));
    return fence.ownerId() == me.id() && !fence.isClaimed();
  }

  @Override
  public AttemptStep.Result run(Statements db) throws SQLException {
    return AttemptTable.advance(db, step, me, now);
  }

  @Override
  public boolean isQuiet() {
    return quiet;
  }
}
