package dev.lastly;

import dev.lastly.cleanup.ProcessGroup;
import dev.lastly.cleanup.Processes;
import dev.lastly.internal.child.GatedProgram;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Opening;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A job: its deferred functions run when it is closed, or after its process has died.
 *
 * <p>When {@code defer} returns, the function is durable, as {@link
 * dev.lastly.model.Settings#durability()} defines it. Each overload of {@code defer} throws the
 * same exceptions:
 *
 * <ul>
 *   <li>{@link FunctionRefusedException} if no process could run the function later: nothing was
 *       stored
 *   <li>{@link StoreException} if the row could not be committed: nothing was stored
 *   <li>{@link IllegalStateException} if the job has ended: nothing was stored
 * </ul>
 *
 * <p>If the JVM shuts down while the job is open, the job's functions do not run while its threads
 * still work: see {@link dev.lastly.model.OnShutdown}.
 *
 * <p>Pass absolute paths as arguments: the process that runs the function may have another working
 * directory. Thread-safe: threads may share a job, and their concurrent registrations share a
 * commit.
 */
public final class JobContext implements Deferrer, AutoCloseable {
  /** How long {@link #keepOnFailure(Predicate)} keeps what a failed job leaves. */
  public static final Duration DEFAULT_KEEP = Duration.ofDays(1);

  private static final Log log = Log.of(JobContext.class);

  private final Engine.JobSession session;
  private final @Nullable FleetJob fleet;
  private final OnlyIfFailed undone;
  private final Deferrer onlyIfFailed;
  private final Deque<Child> children = new ConcurrentLinkedDeque<>();
  private final List<Kept> keptIfFailed = new CopyOnWriteArrayList<>();

  JobContext(Engine.JobSession session, @Nullable FleetJob fleet) {
    this.session = fleet == null ? session : fleet.trackedNode();
    this.fleet = fleet;
    this.undone = new OnlyIfFailed(this.session);
    this.onlyIfFailed = (options, function) -> undone.deferWith(kept(function, options), function);
  }

  /**
   * The id of the job's row: the column {@code job.id}. The first {@code defer} writes the row.
   *
   * @return an id that is never reused; empty before the first {@code defer}
   */
  public OptionalLong id() {
    return session.id().map(id -> OptionalLong.of(id.row())).orElse(OptionalLong.empty());
  }

  @Override
  public DeferredHandle deferWith(FunctionOptions options, DeferredFunction function) {
    return DeferredHandle.defer(session, function.encoded(), kept(function, options), false);
  }

  private FunctionOptions kept(DeferredFunction function, FunctionOptions options) {
    FunctionOptions kept = options;
    for (Kept rule : keptIfFailed) {
      if (rule.which().test(function)) {
        kept = FunctionOptions.defaults().keepIfFailed(rule.time()).with(kept);
      }
    }
    return kept;
  }

  private record Kept(Predicate<? super DeferredFunction> which, Duration time) {}

  /**
   * {@link #keepOnFailure(Predicate, Duration)} for {@link #DEFAULT_KEEP}: a day.
   *
   * @param which selects functions, as in {@link #keepOnFailure(Predicate, Duration)}
   */
  public void keepOnFailure(Predicate<? super DeferredFunction> which) {
    keepOnFailure(which, DEFAULT_KEEP);
  }

  /**
   * Keeps what a failed job leaves, so that a person can look at it: if the job is closed without
   * {@link #commit}, or its process dies, functions that the predicate selects run only after this
   * time. It holds for functions that are registered from now on. The predicate is asked when they
   * are, because their rows must say it before the process dies. {@link Operator#retry} ends the
   * wait.
   *
   * <pre>{@code
   * job.keepOnFailure(f -> f.name().equals("Cleanup::deleteTree"), Duration.ofDays(1));
   * job.deleteTree(scratch); // at the end of the job, or a day later if it fails
   * …
   * job.commit();
   * }</pre>
   *
   * @param which selects functions, such as by {@link DeferredFunction#name} or {@link
   *     DeferredFunction#arguments}; what it throws, {@code defer} throws, and nothing is stored
   * @param time how long to keep what they clean up, from the end of the job or of its owner: more
   *     than zero, at most {@link FunctionOptions#MAX_WAIT}
   * @throws IllegalArgumentException if the time is out of range
   */
  public void keepOnFailure(Predicate<? super DeferredFunction> which, Duration time) {
    FunctionOptions unused = FunctionOptions.defaults().keepIfFailed(time); // checks it
    keptIfFailed.add(new Kept(Objects.requireNonNull(which, "which"), time));
  }

  /**
   * Registers functions for what must outlive this node: they are rows in the database of the
   * fleet, see {@link dev.lastly.model.Settings.Builder#fleet}. If this process dies, another one
   * of the node runs them; if the node never comes back, another node does. {@link #close} runs
   * them in order with the job's other functions; after a crash there is no order between the two
   * stores.
   *
   * <p>Each {@code defer} throws {@link StoreException} if the fleet's database cannot be reached:
   * nothing runs then for that call, and all else of the job is unaffected. {@link
   * DeferredHandle#key} names the row.
   *
   * @return thread-safe
   * @throws IllegalStateException if the manager's settings name no fleet
   */
  public FleetDeferrer fleet() {
    if (fleet == null) {
      throw new IllegalStateException(
          "this manager has no fleet; open it with Settings.builder().fleet(Fleet.open(…))");
    }
    return new InFleet(fleet);
  }

  /** The job's part in the fleet, with the options that the job gives. */
  private final class InFleet implements FleetDeferrer {
    private final FleetJob there;

    InFleet(FleetJob there) {
      this.there = there;
    }

    @Override
    public DeferredHandle deferWith(FunctionOptions options, DeferredFunction function) {
      return there.deferWith(kept(function, options), function);
    }

    @Override
    public Deferrer onlyIfFailed() {
      Deferrer undone = there.onlyIfFailed();
      return (options, function) -> undone.deferWith(kept(function, options), function);
    }
  }

  /**
   * Registers clean-up for the case that the job fails: what a transaction's rollback would undo.
   * It runs, in order with the job's other functions, if the job is closed without {@link #commit},
   * or its process dies. After the commit it never runs.
   *
   * <pre>{@code
   * job.onlyIfFailed().defer(Cleanup::deleteTree, results);
   * job.defer(Cleanup::deleteTree, scratch); // in any case
   * …
   * job.commit(); // from here on the results stay
   * }</pre>
   *
   * @return the same object for each call; thread-safe. It throws {@link IllegalStateException}
   *     after the commit, and beyond 4,096 functions: one transaction cancels them all
   */
  public Deferrer onlyIfFailed() {
    return onlyIfFailed;
  }

  /**
   * Declares that the job has succeeded: cancels all that was registered through {@link
   * #onlyIfFailed}, and keeps nothing for {@link #keepOnFailure}, in one commit. When this returns,
   * that is as durable as a registration. If the process dies during the call, the job has either
   * succeeded or failed. Idempotent.
   *
   * <p>The part in the fleet, with {@link FleetDeferrer#onlyIfFailed}, is committed first, for
   * itself: if the commit on the node then fails, or the process dies between the two, the fleet's
   * part has succeeded and the node's has not.
   *
   * @throws StoreException if that could not be committed: the job has not succeeded. After the
   *     loss of a connection to the fleet's database it may have succeeded there; call this again
   * @throws IllegalStateException if the job has ended without a commit, or an operator has taken
   *     one of the functions away: nothing has changed
   */
  public void commit() {
    if (fleet != null) {
      fleet.commit();
    }
    undone.commit();
  }

  /**
   * {@link #start(ProcessBuilder, Duration)} with {@link Processes#DEFAULT_GRACE}.
   *
   * @param program what to start
   * @return the child
   * @throws IOException as {@link #start(ProcessBuilder, Duration)}
   */
  public Process start(ProcessBuilder program) throws IOException {
    return start(program, Processes.DEFAULT_GRACE);
  }

  /**
   * Starts a child that does not outlive the job. The child leads a session of its own; {@link
   * Processes#terminateGroup}, registered and durable before the program begins, ends all of it.
   * The sessions end first, the last one first, whatever was registered before or after; then the
   * job's functions run: at {@link #close}, and when this process has died.
   *
   * <p>If this process dies during the call, the program either never begins or is ended. Signals
   * of the terminal, such as Ctrl-C, do not reach a session of its own.
   *
   * @param program what to start, with its environment, directory and redirections; not changed
   * @param grace the time between SIGTERM and SIGKILL, at most {@link Processes#MAX_GRACE}
   * @return the child: its pid, streams and exit status are the program's
   * @throws IOException if there is no such program, no {@code setsid} (of util-linux), or no
   *     process can be started: nothing was stored. If it does not begin within 20 s, its row
   *     remains, and ends what is left of it
   * @throws FunctionRefusedException if the grace is not possible, or the policy forbids {@code
   *     terminateGroup}: nothing was started or stored
   * @throws StoreException if the row could not be committed: nothing was started or stored
   * @throws IllegalStateException if the job has ended: nothing was started or stored
   */
  public Process start(ProcessBuilder program, Duration grace) throws IOException {
    try (GatedProgram gated = GatedProgram.start(program, ProcessGroup::of)) {
      Child child = new Child(gated.group(), grace);
      DeferredFunction end =
          DeferredFunction.create(Processes::terminateGroup, child.group(), grace);
      DeferredHandle unused =
          DeferredHandle.defer(session, end.encoded(), FunctionOptions.defaults(), true);
      children.push(child); // first: once the program has begun, close() must know it
      gated.begin("");
      return gated.process();
    }
  }

  /**
   * Hands the job over to another manager of this state directory, in this process or another: its
   * functions run when that manager is closed, or its process has died. The job ends here without
   * running them, and its children go on. When this returns, that is as durable as a registration.
   *
   * <p>The functions get new rows, in an open job of the new owner; the rows here are cancelled and
   * say so, and handles of this job have no more effect. What is in the fleet stays, and runs at
   * {@link #close}. A function that {@link DeferredHandle#runNow} has begun, and that waits for its
   * retry, stays with this manager.
   *
   * @param ownerId what {@link DeferredFunctionManager#ownerId} of the other manager says
   * @return the id of the job there: the column {@code job.id}; empty if nothing was registered
   * @throws IllegalArgumentException if no open owner has that id, or it is this one: the job is
   *     still open here
   * @throws IllegalStateException if the job has ended, or has more than 4,096 functions: one
   *     transaction moves them all
   * @throws StoreException if the database cannot be used, or what has run here without a record
   *     cannot be recorded, or still runs: the job is still open here
   */
  public OptionalLong transferTo(long ownerId) {
    Optional<JobId> there = session.handOver(new OwnerId(ownerId));
    children.clear(); // their ends are among the functions
    return there.map(job -> OptionalLong.of(job.row())).orElse(OptionalLong.empty());
  }

  /** A session that was started. */
  private record Child(ProcessGroup group, Duration grace) {
    /** Ends it now, so that it makes nothing more. If that fails, its row ends it, and says why. */
    void end() {
      try {
        Processes.terminateGroup(group, grace);
      } catch (IOException | RuntimeException e) { // the job's functions must run in any case
        log.debug("{} is left to its deferred function: {}", group, e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Ends the job: ends the children that {@link #start} has started, runs its functions, then
   * orphans. A function that fails is retried later, and its exception is logged. Idempotent.
   *
   * @throws CleanUpFailedException with {@link dev.lastly.model.OnFailure#THROW}, if functions have
   *     failed; all have had their attempt then
   * @throws IllegalStateException inside a function of this job that {@link DeferredHandle#runNow}
   *     runs: nothing has ended then
   * @throws StoreException if the database cannot be used; functions that have not run then run
   *     later
   */
  @Override
  public void close() {
    session.requireEndable();
    if (fleet != null) {
      fleet.requireEndable();
    }
    for (Child child = children.poll(); child != null; child = children.poll()) {
      child.end();
    }
    if (fleet == null) {
      session.close();
      return;
    }
    Opening.EachOf ends = new Opening.EachOf();
    ends.run(fleet::runInTurns);
    ends.run(session::close);
    ends.run(fleet::close);
    ends.end();
  }
}
