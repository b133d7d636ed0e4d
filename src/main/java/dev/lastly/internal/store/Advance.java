package dev.lastly.internal.store;

import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.sqlite.PendingWrite;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.FunctionState;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records attempts that have ended and begins the next, see {@link Store#advance}. */
abstract class Advance implements PendingWrite.Task<AttemptStep.Result> {
  private final AttemptStep step;
  private final OwnerKey me;
  private final long now;
  private final boolean quiet;

  private Advance(AttemptStep step, OwnerKey me, long now) {
    this.step = step;
    this.me = me;
    this.now = now;
    this.quiet = isQuiet(step, me);
  }

  /** The write, which is as small as it can be. */
  static PendingWrite.Task<AttemptStep.Result> task(AttemptStep step, OwnerKey me, long now) {
    boolean endsOne =
        step.ended().size() == 1
            && step.ended().get(0).result().next() == FunctionState.DONE
            && step.next().isEmpty()
            && step.endedJob() == null;
    return endsOne ? new EndOne(step, me, now, step.ended().get(0)) : new Several(step, me, now);
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
  public final AttemptStep.Result run(Statements db) throws SQLException {
    return AttemptTable.advance(db, step, me, now);
  }

  @Override
  public final boolean isQuiet() {
    return quiet;
  }

  /** Any other step: several statements, so one transaction. */
  private static final class Several extends Advance {
    Several(AttemptStep step, OwnerKey me, long now) {
      super(step, me, now);
    }
  }

  /** Records that one function is done. */
  private static final class EndOne extends Advance
      implements PendingWrite.OneStatement<AttemptStep.Result> {
    private final EndedAttempt ended;

    EndOne(AttemptStep step, OwnerKey me, long now, EndedAttempt ended) {
      super(step, me, now);
      this.ended = ended;
    }

    @Override
    public AttemptStep.@Nullable Result find(Statements db) throws SQLException {
      return AttemptTable.isDone(db, ended)
          ? new AttemptStep.Result(List.of(), List.of(), null, false)
          : null;
    }
  }
}
