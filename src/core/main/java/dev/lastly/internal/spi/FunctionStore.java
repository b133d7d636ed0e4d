package dev.lastly.internal.spi;

import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.model.FunctionState;
import dev.lastly.model.RunContext;
import dev.lastly.model.StoreException;
import dev.lastly.model.WorkerMeter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the functions of one owner, and gives it the orphans of others.
 *
 * <p>Promised: each change is one transaction. If a method throws {@link StoreException}, it has
 * changed nothing. When {@link #register} or {@link #cancel} returns, the change is as durable as
 * the user has chosen. Every other change survives the death of this process; a power cut may undo
 * it, and then the work is repeated. Every change of a function is fenced (see {@link
 * StoredFunction.Fence}): if the row is no longer as it was read, the method leaves it alone, and
 * the result says so.
 *
 * <p>A store never runs user code. Thread-safe.
 */
public interface FunctionStore extends AutoCloseable {
  /**
   * A page of functions ends after so many characters, so that rows cannot fill the memory. As many
   * as four of the longest calls.
   */
  long MOST_PAGE_CHARS = 4L << 20;

  /** Whether a page has all that fits in it, so that there may be more. */
  static boolean isFull(List<StoredFunction> page, int limit) {
    return page.size() >= limit
        || page.stream().mapToLong(StoredFunction::chars).sum() >= MOST_PAGE_CHARS;
  }

  /** The time by this store's clock. Every moment passed to this store comes from here. */
  Moment now();

  /**
   * Registers a function, and its job with the first one. Durable when it returns.
   *
   * @throws IllegalStateException if the job has ended
   * @throws StoreException if the row could not be committed
   */
  Registered register(JobDraft job, Registration registration);

  /**
   * Cancels a function that has not started. True if it is cancelled, by this call or an earlier
   * one; durable then.
   */
  boolean cancel(FunctionId function);

  /**
   * Records that an open job of this owner has succeeded, and cancels functions of it that have not
   * started, all in one transaction. Functions that are cancelled already, or have been pruned,
   * count as cancelled. True if all are; durable then. False if one has started or belongs to
   * another owner, or the job has ended: then nothing has changed. Idempotent.
   */
  boolean commit(JobId job, List<FunctionId> functions);

  /**
   * Hands an open job of this owner over to another owner, which has it as an open job from then
   * on: what has not begun is cancelled here and registered there, and the job ends here, all in
   * one transaction. Durable when it returns.
   *
   * @return the job there
   * @throws IllegalArgumentException if no open owner has that id, or it is this one: nothing has
   *     changed
   * @throws IllegalStateException if there are more functions than one transaction should change:
   *     nothing has changed
   */
  JobId handOver(JobId job, OwnerId to);

  /** The state of a function; empty if it has been pruned. */
  Optional<FunctionState> state(FunctionId function);

  /**
   * Who opened the job of a function, for the function itself.
   *
   * @throws StoreException if it has been pruned, or the store cannot be read
   */
  RunContext.Origin origin(FunctionId function);

  /**
   * A page of the due functions of a job, in the order in which they run.
   *
   * @param after the last function of the page before; null for the first page
   * @return at most {@code limit}; fewer only if there are no more, or if they are very long: see
   *     {@link #isFull}
   */
  List<StoredFunction> runnable(JobId job, @Nullable FunctionId after, int limit);

  /** A waiting function of this owner, due or not; empty if it does not wait. */
  Optional<StoredFunction> waiting(FunctionId function);

  /**
   * The due functions of a job of this owner that run before its others, in the order in which they
   * run.
   */
  List<StoredFunction> first(JobId job);

  /** Like {@link #first(JobId)}, of a job whose functions an ended owner has left. */
  List<Orphan> firstOrphans(OwnerId owner, JobId job);

  /** Whether an ended owner has left any function that runs before others. */
  boolean hasFirstOrphans(OwnerId owner);

  /**
   * Records attempts that have ended and begins the next ones, all or nothing. If the next ones are
   * orphans, the same transaction claims them for this owner.
   *
   * @throws StoreException if the transaction failed, or if the next ones belong to another owner
   *     that has not ended
   */
  AttemptStep.Result advance(AttemptStep step);

  /**
   * Those of the given functions that are running for this owner, as their rows were before the
   * attempt.
   */
  List<StoredFunction> running(List<FunctionId> functions);

  /**
   * Postpones a function of this owner that this process cannot run and that has not begun. Uses up
   * no attempt. A claimed function returns to the owner that left it, so that another process can
   * claim it.
   *
   * @param wait how long this owner skips it
   * @return when it is due; null if this owner no longer owns it, or it no longer waits
   */
  @Nullable Moment postpone(StoredFunction f, String reason, Duration wait);

  /** The work that waits for this owner outside of its open jobs. */
  Waiting waiting();

  /** When the earliest retry of this owner after the moment is due; null if there is none. */
  @Nullable Moment nextDue(Moment after);

  /** Up to {@code limit} jobs of this owner with a retry that is due at that moment. */
  List<JobId> dueJobs(Moment by, int limit);

  /**
   * Up to {@code limit} jobs, oldest first, that this owner has not ended and whose functions wait.
   * Other owners have handed over those that it did not open.
   */
  List<JobId> openJobs(int limit);

  /**
   * A version that changes when another owner may have changed anything, or when this owner has
   * made a change that leaves work outside of its open jobs. Costs a few microseconds. A store that
   * many nodes share notices work that others leave when it looks for it, from time to time.
   */
  Version version();

  /**
   * A version that changes when an already ended owner may have got another orphan: a claimer has
   * given it back, or an operator has retried it.
   */
  Version returns();

  /**
   * The ended owners with unfinished functions, and perhaps some that had any before the last
   * {@link #settle}, in the order in which to reap them.
   */
  List<OwnerId> endedOwners();

  /**
   * A page of the due orphans of an ended owner, in the order in which they run: job by job, and
   * each job in its order.
   *
   * @param after where the page begins; null for the first page
   */
  List<Orphan> orphans(OwnerId owner, @Nullable Cursor after, int limit);

  /**
   * Random places among the orphans of an ended owner, for a reaper that has met another one:
   * reapers that read in the same order would stay close together.
   *
   * @return what gives a place each time; null if a page costs no exchange with a server, so that
   *     the order is kept
   */
  default @Nullable Supplier<Cursor> places(OwnerId owner) {
    return null;
  }

  /**
   * When the earliest future retry among the orphans of an ended owner is due; null if there is
   * none.
   */
  @Nullable Moment nextOrphanDue(OwnerId owner);

  /**
   * Records the outcome of attempts that the death of their owner cut off. The functions stay with
   * that owner. They wait for the next attempt, or are quarantined after the last one.
   *
   * @param backoff how long to wait after the cut-off attempt, of which the row's {@code attempts}
   *     is the number
   * @return how many outcomes were recorded; the other rows have changed since they were read
   */
  int answerCutOff(List<StoredFunction> cutOff, Function<StoredFunction, Duration> backoff);

  /** Records that an ended owner has no orphans any more. Does nothing if it has some. */
  void settle(OwnerId owner);

  /** The functions at which owners looked when they died, see {@link #beginLook}. */
  Set<String> fatalLooks();

  /**
   * Records that this owner will look at rows that call these functions. A look runs user code. If
   * that code kills the process, the next process knows which functions to suspect.
   */
  void beginLook(List<String> functions);

  /** Records that the look has ended and this process lives. */
  void endLook();

  /** Records what this process cannot run, and why, for operators and other processes. */
  void reportUnresolvable(List<Refusal> refusals);

  /**
   * When an owner was found dead; null if it closed itself, or is not known any more. Asked only if
   * there is a meter.
   */
  default @Nullable Moment diedAt(OwnerId owner) {
    return null;
  }

  /**
   * From now on this meter, which throws nothing, is told of each commit. A store that commits
   * elsewhere tells it nothing.
   */
  default void measure(WorkerMeter meter) {}

  /** Closes everything that is open, and writes nothing. */
  @Override
  void close();

  /**
   * The position after which the next page of orphans begins.
   *
   * @param job the last job read
   * @param function the last function read; null to continue with the next job
   */
  record Cursor(JobId job, @Nullable FunctionId function) {}

  /**
   * The work that may wait for an owner outside of its open jobs.
   *
   * @param nextDue when its earliest retry is due; null if there is none
   * @param orphans whether any ended owner has unfinished functions
   */
  record Waiting(@Nullable Moment nextDue, boolean orphans) {}

  /**
   * An unfinished function of an ended owner.
   *
   * @param function its row
   * @param cutOff whether its owner ended during an attempt, whose outcome must be recorded first
   * @param reported why a process could not run this row; null if none has reported that
   */
  record Orphan(StoredFunction function, boolean cutOff, @Nullable String reported) {}

  /**
   * The result of a registration.
   *
   * @param job its job
   * @param function its id
   */
  record Registered(JobId job, FunctionId function) {}

  /**
   * Why a process cannot run a function, for readers of the views.
   *
   * @param code the code that it calls
   * @param function the one row that the process cannot run; null if it can run no row that calls
   *     this code
   * @param reason one line
   */
  record Refusal(CalledCode code, @Nullable FunctionId function, String reason) {}

  /**
   * A job as its registrations name it. Its first registration stores it.
   *
   * @param id null until the first registration
   * @param name a text for people
   * @param openedAt when it was opened
   * @param committed whether it has said that it succeeded, before its first registration
   */
  record JobDraft(@Nullable JobId id, String name, Moment openedAt, boolean committed) {
    /** A job that has not said that it succeeded. */
    public JobDraft(@Nullable JobId id, String name, Moment openedAt) {
      this(id, name, openedAt, false);
    }
  }

  /**
   * A version of the store's contents. If two versions are equal, nothing has changed between them.
   * If they differ, something may have changed. Immutable.
   */
  record Version(Object value) {}
}
