package dev.lastly.internal.node;

import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore;
import dev.lastly.internal.spi.FunctionStore.Cursor;
import dev.lastly.internal.spi.FunctionStore.JobDraft;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.FunctionStore.Refusal;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.FunctionStore.Version;
import dev.lastly.internal.spi.FunctionStore.Waiting;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.store.Store;
import dev.lastly.model.Durability;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.RunContext;
import dev.lastly.model.StoreException;
import dev.lastly.model.WorkerMeter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The functions of one owner as rows of the node's database. Ids are row numbers. Thread-safe. */
final class NodeFunctions implements FunctionStore {
  private static final Log log = Log.of(NodeFunctions.class);

  /** After this many failures the backoff has its maximum. */
  private static final int MANY = 1_000;

  private final NodeOwner me;
  private final Store store;
  private final Order order;
  private final boolean toDevice;

  NodeFunctions(NodeOwner me) {
    this.me = me;
    this.store = me.store();
    this.order = me.settings().order();
    this.toDevice = me.settings().durability() == Durability.POWER_LOSS;
  }

  @Override
  public Moment now() {
    return new Moment(me.now());
  }

  private static @Nullable Moment moment(@Nullable Long millis) {
    return millis == null ? null : new Moment(millis);
  }

  @Override
  public Registered register(JobDraft job, Registration registration) {
    return store.register(job, me.ownerId(), me.owners().self(), registration, me.now(), toDevice);
  }

  @Override
  public boolean cancel(FunctionId function) {
    return store.cancel(function.row(), me.ownerId(), me.now(), toDevice);
  }

  @Override
  public boolean commit(JobId job, List<FunctionId> functions) {
    return store.commit(job.row(), functions, me.ownerId(), me.now(), toDevice);
  }

  @Override
  public JobId handOver(JobId job, OwnerId to) {
    return new JobId(store.handOver(job.row(), me.ownerId(), to.row(), me.now(), toDevice));
  }

  @Override
  public Optional<FunctionState> state(FunctionId function) {
    return store.state(function.row());
  }

  @Override
  public RunContext.Origin origin(FunctionId function) {
    return store.origin(function.row(), me.owners().self());
  }

  /** The id before the first row, in reading order. */
  private long start() {
    return order == Order.NEWEST_FIRST ? Long.MAX_VALUE : 0;
  }

  private long end() {
    return order == Order.NEWEST_FIRST ? 0 : Long.MAX_VALUE;
  }

  @Override
  public List<StoredFunction> runnable(JobId job, @Nullable FunctionId after, int limit) {
    long from = after == null ? start() : after.row();
    return store.runnable(me.ownerId(), job.row(), order, from, me.now(), limit);
  }

  @Override
  public Optional<StoredFunction> waiting(FunctionId function) {
    return store.waiting(me.ownerId(), function.row());
  }

  @Override
  public List<StoredFunction> first(JobId job) {
    return store.first(me.ownerId(), job.row(), order, me.now());
  }

  @Override
  public List<Orphan> firstOrphans(OwnerId owner, JobId job) {
    return store.firstOrphans(owner.row(), job.row(), order, me.now());
  }

  @Override
  public boolean hasFirstOrphans(OwnerId owner) {
    return store.hasFirstOrphans(owner.row());
  }

  @Override
  public AttemptStep.Result advance(AttemptStep step) {
    return store.advance(step, me.ownerId(), me.owners().self(), me.now());
  }

  @Override
  public List<StoredFunction> running(List<FunctionId> functions) {
    return store.running(me.ownerId(), functions);
  }

  @Override
  public @Nullable Moment postpone(StoredFunction f, String reason, Duration wait) {
    long now = me.now();
    Moment due = new Moment(now).plus(wait);
    return store.postpone(f, reason, due.millis(), now) ? due : null;
  }

  @Override
  public Waiting waiting() {
    Waiting waiting = store.waiting(me.ownerId());
    return new Waiting(capped(me.ownerId(), waiting.nextDue()), waiting.orphans());
  }

  /**
   * Ends a wait that is longer than any that this process, or the function's options, would give:
   * another clock wrote it, or this clock has stepped back. The owner's other waits that are too
   * long are shortened with it.
   */
  private @Nullable Moment capped(long owner, @Nullable Moment due) {
    Moment now = now();
    Moment latest = now.plus(me.settings().retry().backoffAfter(MANY));
    if (due == null || due.compareTo(latest) <= 0) {
      return due;
    }
    try {
      if (store.shortenWaits(owner, latest.millis(), now.millis()) == 0) {
        return due;
      }
      log.warn(
          "retries of owner {} waited until {} or longer, as a clock that was wrong had said; they"
              + " are due at {} now",
          owner,
          Instant.ofEpochMilli(due.millis()),
          Instant.ofEpochMilli(latest.millis()));
    } catch (StoreException e) {
      log.debug("could not shorten the waits of owner {}; a later look tries again", owner, e);
    }
    return latest;
  }

  @Override
  public @Nullable Moment nextDue(Moment after) {
    return capped(me.ownerId(), moment(store.nextDue(me.ownerId(), after.millis())));
  }

  @Override
  public List<JobId> dueJobs(Moment by, int limit) {
    return store.dueJobs(me.ownerId(), by.millis(), limit);
  }

  @Override
  public List<JobId> openJobs(int limit) {
    return store.openJobs(me.ownerId(), limit);
  }

  @Override
  public Version version() {
    return new Version(store.dataVersion());
  }

  @Override
  public Version returns() {
    return new Version(store.returnsVersion());
  }

  /** The last owner to end comes first: what it had claimed precedes what it had not reached. */
  @Override
  public List<OwnerId> endedOwners() {
    return store.endedOwnersWithOrphans().stream().map(OwnerRecord::id).map(OwnerId::new).toList();
  }

  @Override
  public List<Orphan> orphans(OwnerId owner, @Nullable Cursor after, int limit) {
    long job = after == null ? start() : after.job().row();
    FunctionId last = after == null ? null : after.function();
    long id = after == null ? start() : last == null ? end() : last.row();
    return store.orphans(owner.row(), order, job, id, me.now(), limit);
  }

  @Override
  public @Nullable Moment nextOrphanDue(OwnerId owner) {
    return capped(owner.row(), moment(store.nextOrphanDue(owner.row(), me.now())));
  }

  @Override
  public int answerCutOff(List<StoredFunction> cutOff, Function<StoredFunction, Duration> backoff) {
    return store.answerCutOff(cutOff, backoff, me.now());
  }

  @Override
  public void settle(OwnerId owner) {
    store.settle(owner.row());
  }

  @Override
  public Set<String> fatalLooks() {
    return store.fatalLooks();
  }

  @Override
  public void beginLook(List<String> functions) {
    store.beginLook(me.ownerId(), functions);
  }

  @Override
  public void endLook() {
    store.endLook(me.ownerId());
  }

  @Override
  public void reportUnresolvable(List<Refusal> refusals) {
    store.reportUnresolvable(refusals, me.ownerId(), me.now());
  }

  @Override
  public @Nullable Moment diedAt(OwnerId owner) {
    return moment(store.diedAt(owner.row()));
  }

  @Override
  public void measure(WorkerMeter meter) {
    store.measure(meter);
  }

  @Override
  public void close() {
    store.close();
  }
}
