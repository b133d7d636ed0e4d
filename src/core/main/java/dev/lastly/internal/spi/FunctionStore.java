package dev.lastly.internal.spi;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.model.FunctionState;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where the functions of one owner are kept, and where it finds what others have left.
 *
 * <p>Promised: each method that changes something changes all of it or, if it throws {@link
 * StoreException}, nothing. What is registered or cancelled is durable on return, as the user has
 * chosen. All else survives the death of this process; what a power cut takes of it is repeated.
 * Every change of a function is fenced (see {@link StoredFunction.Fence}): if the row is no longer
 * as it was read, it is not touched, and the result says so.
 *
 * <p>Not promised: that user code runs. Thread-safe.
 */
public interface FunctionStore extends AutoCloseable {
  /** What the clock of this store shows. All moments that it is given come from here. */
  Moment now();

  /**
   * Registers a function, and with the first of a job the job.
   *
   * @param maxAttempts how many attempts it gets
   */
  Registered register(JobDraft job, EncodedCall call, int maxAttempts);

  /** Withdraws a function that has not started; true if it is cancelled, now or before. */
  boolean cancel(FunctionId function);

  /** The state of a function; empty if it has been pruned. */
  Optional<FunctionState> state(FunctionId function);

  /**
   * A page of the functions of a job that wait and are due, in the order in which they run.
   *
   * @param after the last one seen; null to begin
   * @return at most {@code limit}; fewer only if there are no more
   */
  List<StoredFunction> runnable(JobId job, @Nullable FunctionId after, int limit);

  /**
   * Records attempts that have ended and begins the next, all or nothing. If the next are what
   * another owner has left, this owner claims them by that.
   *
   * @throws StoreException also if the next belong to another owner that has not ended
   */
  AttemptStep.Result advance(AttemptStep step);

  /** Those of some functions that are running for this owner, as they were before that. */
  List<StoredFunction> running(List<FunctionId> functions);

  /**
   * Lets a function of this owner wait that it cannot run, although nothing has begun: no attempt
   * is used up. If it was claimed, it goes back to the owner that left it, for other processes.
   *
   * @param wait how long this owner leaves it
   * @return when it is due; null if it is no longer this owner's, or no longer waits
   */
  @Nullable Moment postpone(StoredFunction f, String reason, Duration wait);

  /** What there is to do for this owner. */
  Waiting waiting();

  /** When the earliest retry of this owner is due after a moment; null if none waits. */
  @Nullable Moment nextDue(Moment after);

  /** Some jobs of this owner with a retry that is due by then. */
  List<JobId> dueJobs(Moment by, int limit);

  /**
   * Another one if any other owner may have changed anything in the store, or this one anything
   * that leaves work beside its open jobs. Costs a few microseconds.
   */
  Version version();

  /**
   * Another one if an orphan may have come to an owner that has ended already: by a claim that was
   * given back, or by an operator.
   */
  Version returns();

  /**
   * Owners that have ended and left unfinished functions, in the order in which to look at them.
   */
  List<OwnerId> endedOwners();

  /**
   * A page of what an owner that has ended has left, of what is due, in the order in which it runs:
   * jobs one after the other, and each in its order.
   *
   * @param after where to go on; null to begin
   */
  List<Orphan> orphans(OwnerId owner, @Nullable Cursor after, int limit);

  /** When the earliest retry that such an owner has left is due after now; null if none is. */
  @Nullable Moment nextOrphanDue(OwnerId owner);

  /**
   * Answers attempts for an owner that ended during them. Their functions stay with that owner, and
   * wait for the next attempt, or are quarantined if that was the last.
   *
   * @param backoff how long to wait after an attempt that was cut off, by its number
   * @return how many were answered; the others are no longer as they were read
   */
  int answerCutOff(List<StoredFunction> cutOff, IntFunction<Duration> backoff);

  /** Records that an owner has left nothing unfinished any more, if that is so. */
  void settle(OwnerId owner);

  /** The functions at which owners were looking when they died, see {@link #beginLook}. */
  Set<String> fatalLooks();

  /**
   * Writes down that this owner is about to look at rows that call these functions, which runs code
   * of the user's: if that kills the process, the next one knows.
   */
  void beginLook(List<String> functions);

  /** The look is over, and this process lives. */
  void endLook();

  /** Notes what this process cannot run, and why, for people and for other processes. */
  void reportUnresolvable(List<Refusal> refusals);

  /** Gives everything back that is open. Nothing is written. */
  @Override
  void close();

  /**
   * Where the reading of what an owner has left goes on.
   *
   * @param job the job that was read last
   * @param function the last function that was read; null to go on with the next job
   */
  record Cursor(JobId job, @Nullable FunctionId function) {}

  /**
   * What there may be to do for an owner, beside its open jobs.
   *
   * @param nextDue when its earliest retry is due; null if none waits
   * @param orphans whether any owner that has ended has left unfinished functions
   */
  record Waiting(@Nullable Moment nextDue, boolean orphans) {}

  /**
   * A function that an owner which has ended has left unfinished.
   *
   * @param function its row; its owner is the one that has ended
   * @param cutOff whether its owner ended during an attempt, which has to be answered first
   * @param reported why some process could not run this row, if one has said so
   */
  record Orphan(StoredFunction function, boolean cutOff, @Nullable String reported) {}

  /**
   * A function that has been registered.
   *
   * @param job its job
   * @param function its id
   */
  record Registered(JobId job, FunctionId function) {}

  /**
   * Why a process cannot run something, for the people who read the views.
   *
   * @param code which code
   * @param function the one row that it cannot run; null if it can run no row that calls this code
   * @param reason one line
   */
  record Refusal(CalledCode code, @Nullable FunctionId function, String reason) {}

  /**
   * A job as its registrations name it. Its first registration stores it.
   *
   * @param id null until something has been registered in it
   * @param name a text for people
   * @param openedAt when it was opened
   */
  record JobDraft(@Nullable JobId id, String name, Moment openedAt) {}

  /**
   * What a store compares its present state by. Two that are equal say that nothing has changed
   * between them; two that differ say nothing. Immutable.
   */
  record Version(Object value) {}
}
