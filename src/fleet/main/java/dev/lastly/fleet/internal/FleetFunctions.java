package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.FleetDatabase.Loss;
import dev.lastly.fleet.internal.Rows.RowFence;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.RunContext;
import dev.lastly.model.StoreException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The functions of one owner as rows of the fleet's database. Ids are UUIDs. Thread-safe. */
final class FleetFunctions implements FunctionStore {
  private static final Log log = Log.of(FleetFunctions.class);

  /** A job has few children. */
  private static final int MOST_FIRST = 1_000;

  private static final UUID FIRST = new UUID(0, 0);
  private static final UUID LAST = new UUID(-1, -1);

  private static final String WAITING =
      "(f.state = 'deferred' OR (f.state = 'retry_wait' AND f.not_before <= ?))";

  private static final String ORPHAN_WAITING =
      "(f.state IN ('deferred', 'running') OR (f.state = 'retry_wait' AND f.not_before <= ?))";

  private static final String RUNNABLE =
      "SELECT "
          + Rows.COLUMNS
          + " FROM @.deferred_function f WHERE f.owner_id = ? AND f.job_id = ? AND f.finished_at IS"
          + " NULL AND "
          + WAITING;

  private static final String RUNNING =
      "SELECT "
          + Rows.COLUMNS
          + " FROM @.deferred_function f WHERE f.id = ANY (?) AND f.owner_id = ? AND f.state ="
          + " 'running'";

  private static final String ORPHANS =
      "SELECT "
          + Rows.COLUMNS
          + """
          , f.state = 'running' AS cut_off,
            (SELECT reason FROM @.unresolvable_function u
             WHERE u.function = f.function AND u.class_digest = coalesce(f.class_digest, '')
               AND u.function_id = f.id) AS reported
          FROM @.deferred_function f WHERE f.owner_id = ? AND f.finished_at IS NULL AND
          """
          + ORPHAN_WAITING;

  /** The first and the last job of which an owner has functions. */
  private static final String ENDS =
      """
      (SELECT job_id FROM @.deferred_function WHERE owner_id = ? AND finished_at IS NULL ORDER BY job_id LIMIT 1)
      UNION ALL
      (SELECT job_id FROM @.deferred_function WHERE owner_id = ? AND finished_at IS NULL ORDER BY job_id DESC LIMIT 1)
      """;

  /** Rewrites rows already cancelled, so that the commit waits for the standby. */
  private static final String CANCEL =
      """
      UPDATE @.deferred_function
      SET state = 'cancelled', finished_at = coalesce(finished_at, now()),
          finished_xact = coalesce(finished_xact, pg_current_xact_id())
      WHERE id = ANY (?) AND (state = 'cancelled' OR (owner_id = ? AND state = 'deferred'))
        AND (SELECT set_config('synchronous_commit', ?, true)) IS NOT NULL
      RETURNING id
      """;

  /** Missing rows were pruned; they cannot run. */
  private static final String COUNT =
      "SELECT count(*) AS others FROM @.deferred_function WHERE id = ANY (?)";

  /** A repeated commit rewrites the row, so that it waits for the standby. */
  private static final String COMMIT =
      """
      UPDATE @.job SET committed_at = coalesce(committed_at, now())
      WHERE id = ? AND opened_by = ? AND (committed_at IS NOT NULL OR closed_at IS NULL)
        AND EXISTS (SELECT 1 FROM @.owner WHERE id = ? AND ended_at IS NULL)
        AND (SELECT set_config('synchronous_commit', ?, true)) IS NOT NULL
      """;

  private static final String WAITING_ONE =
      "SELECT "
          + Rows.COLUMNS
          + " FROM @.deferred_function f WHERE f.id = ? AND f.owner_id = ? AND f.state IN"
          + " ('deferred', 'retry_wait')";

  private static final String RUNS_FIRST = " AND f.runs_first AND f.job_id = ?";

  /** Ended owners with unfinished functions. */
  private static final String LEFT =
      """
      @.owner o WHERE o.left_orphans
        AND EXISTS (SELECT 1 FROM @.deferred_function f WHERE f.owner_id = o.id AND f.finished_at IS NULL)
      """;

  private static final String NEXT_RETRY =
      "SELECT min(not_before) AS due FROM @.deferred_function WHERE owner_id = ? AND state ="
          + " 'retry_wait' AND not_before > ?";

  private final FleetOwner me;
  private final FleetDatabase database;
  private final FleetClock clock;
  private final String commit;
  private final Order order;

  /** Registrations that failed although they may have been committed, or may yet be. */
  private final Map<UUID, NewFunction> doubtful = new ConcurrentHashMap<>();

  /**
   * For an owner that has joined.
   *
   * @param commit the level of {@code synchronous_commit} of registrations
   */
  FleetFunctions(FleetOwner me, String commit) {
    this.me = me;
    this.database = me.database();
    this.clock = me.clock();
    this.commit = commit;
    this.order = me.settings().order();
  }

  @Override
  public Moment now() {
    return clock.now();
  }

  private static @Nullable Moment moment(@Nullable Instant time) {
    return time == null ? null : new Moment(time.toEpochMilli());
  }

  @Override
  public Registered register(JobDraft job, Registration registration) {
    String name = registration.call().name();
    UUID function = Uuid7.next();
    UUID row = job.id() == null ? Uuid7.next() : Rows.uuid(job.id());
    NewFunction made =
        new NewFunction(
            function,
            row,
            job.id() == null,
            job.name(),
            FleetClock.instant(job.openedAt()),
            job.committed(),
            registration);
    int stored =
        database.durably(
            "register " + name,
            () -> doubtful.put(function, made),
            db -> made.store(db, me.id(), commit));
    if (stored != 1) {
      requireThere("owner", me.id(), "register " + name);
      throw new StoreException(
          "cannot register "
              + name
              + " in "
              + database.place()
              + ": owner "
              + me.id()
              + " has ended there, "
              + me.lease().whyLost()
              + ". What it has registered is run by others. End the job, and open another one");
    }
    me.acknowledged().registered(made);
    return new Registered(new JobId(row), new FunctionId(function));
  }

  /**
   * Cancels what was registered although the call has failed: its caller knows of no row. A row
   * that is not there is stored first: the request may still be on its way, as the kernel sends
   * what was written to a connection for minutes after that was closed. It then finds the row.
   *
   * @throws StoreException if that cannot be done now
   */
  void endDoubts() {
    if (!doubtful.isEmpty()) {
      List<NewFunction> all = List.copyOf(doubtful.values());
      List<UUID> cancelled =
          database.inTransaction(
              "cancel what was not acknowledged", Loss.NOTHING, db -> neverRun(db, all));
      all.forEach(one -> doubtful.remove(one.id()));
      if (!cancelled.isEmpty()) {
        log.info("cancelled {} functions whose registration had failed", cancelled.size());
      }
    }
  }

  private List<UUID> neverRun(FleetStatements db, List<NewFunction> functions) throws SQLException {
    for (NewFunction one : functions) {
      int unused = one.store(db, me.id(), commit); // 0 if this owner has ended
    }
    return cancelled(db, functions.stream().map(NewFunction::id).toList());
  }

  private List<UUID> cancelled(FleetStatements db, List<UUID> functions) throws SQLException {
    List<UUID> all =
        db.list(row -> FleetStatements.id(row, "id"), CANCEL, functions, me.id(), commit);
    long unused = me.finished().addAndGet(all.size());
    return all;
  }

  @Override
  public boolean cancel(FunctionId function) {
    UUID id = Rows.uuid(function);
    if (id == null) {
      return false;
    }
    boolean cancelled =
        cancelRow(id) // if it is there again by now, it can be cancelled as any other
            || (me.acknowledged().isUnfinished(id) && (isForgotten(id) || cancelRow(id)));
    if (cancelled) {
      me.acknowledged().cancelled(List.of(id));
    }
    return cancelled;
  }

  private boolean cancelRow(UUID function) {
    return database.durably(
        "cancel function " + function, () -> {}, db -> !cancelled(db, List.of(function)).isEmpty());
  }

  /** Whether the database has lost the row of a function that it had acknowledged. */
  private boolean isForgotten(UUID function) {
    return database.single(
        "look for function " + function, db -> others(db, Set.of(function)) == 0);
  }

  @Override
  public boolean commit(JobId job, List<FunctionId> functions) {
    List<UUID> ids = functions.stream().map(Rows::uuid).filter(Objects::nonNull).toList();
    if (ids.size() < functions.size()) {
      return false; // of another store
    }
    try {
      boolean committed =
          database.durableTransaction(
              "commit job " + job,
              db -> {
                if (db.update(COMMIT, Rows.uuid(job), me.id(), me.id(), commit) != 1) {
                  return false;
                }
                Set<UUID> left = new HashSet<>(ids);
                left.removeAll(new HashSet<>(cancelled(db, ids)));
                if (!left.isEmpty() && others(db, left) > 0) {
                  throw new NotAllException();
                }
                return true;
              });
      if (committed) {
        me.acknowledged().cancelled(ids);
        me.acknowledged().committed(Rows.uuid(job));
      } else {
        requireThere("job", Rows.uuid(job), "commit job " + job);
      }
      return committed;
    } catch (NotAllException e) { // rolled back
      return false;
    }
  }

  /**
   * The reason why nothing was changed may be that a failover has lost a row.
   *
   * @throws StoreException if it has
   */
  private void requireThere(String table, UUID row, String what) {
    if (database
        .single(
            "look for " + row,
            db -> db.find(found -> 1, "SELECT 1 FROM @." + table + " WHERE id = ?", row))
        .isEmpty()) {
      me.acknowledged().suspect();
      throw new StoreException(
          "cannot "
              + what
              + " in "
              + database.place()
              + ": in a failover the database has forgotten "
              + table
              + " "
              + row
              + ". This process writes it again in a moment; a later call may succeed");
    }
  }

  private static long others(FleetStatements db, Set<UUID> ids) throws SQLException {
    return db.find(row -> row.getLong("others"), COUNT, ids).orElseThrow();
  }

  /** One of several functions can no longer be cancelled. */
  private static final class NotAllException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotAllException() {
      super("one of several functions can no longer be cancelled", null, false, false);
    }
  }

  @Override
  public Optional<FunctionState> state(FunctionId function) {
    UUID id = Rows.uuid(function);
    return id == null
        ? Optional.empty()
        : database.single(
            "read function " + function,
            db ->
                db.find(
                    row -> FunctionState.fromColumn(FleetStatements.text(row, "state")),
                    "SELECT state FROM @.deferred_function WHERE id = ?",
                    id));
  }

  @Override
  public RunContext.Origin origin(FunctionId function) {
    return database
        .single(
            "read who registered function " + function,
            db ->
                db.find(
                    row ->
                        new RunContext.Origin(
                            0,
                            row.getLong("pid"),
                            FleetStatements.time(row, "ended_at"),
                            row.getBoolean("rebooted"),
                            FleetStatements.time(row, "closed_at"),
                            row.getBoolean("committed"),
                            row.getInt("asked"),
                            row.getBoolean("retried_by_operator")),
                    """
                    SELECT o.pid, o.ended_at, coalesce(n.end_reason = 'rebooted', false) AS rebooted,
                           j.closed_at, j.committed_at IS NOT NULL AS committed,
                           (SELECT count(*) FROM @.attempt WHERE function_id = f.id AND outcome = 'asked_again') AS asked,
                           EXISTS (SELECT 1 FROM @.operator_action WHERE function_id = f.id AND action = 'retry') AS retried_by_operator
                    FROM @.deferred_function f JOIN @.job j ON j.id = f.job_id
                    JOIN @.owner o ON o.id = j.opened_by JOIN @.node n ON n.id = o.node_id WHERE f.id = ?
                    """,
                    Rows.uuid(function)))
        .orElseThrow(() -> new StoreException("function " + function + " has been pruned"));
  }

  private UUID start() {
    return order == Order.NEWEST_FIRST ? LAST : FIRST;
  }

  private UUID end() {
    return order == Order.NEWEST_FIRST ? FIRST : LAST;
  }

  private String ordered(String columns) {
    String descending =
        order == Order.NEWEST_FIRST ? columns.replace(",", " DESC,") + " DESC" : columns;
    return " ORDER BY " + descending + " LIMIT ?";
  }

  private String beyond() {
    return order == Order.NEWEST_FIRST ? "<" : ">";
  }

  @Override
  public List<StoredFunction> runnable(JobId job, @Nullable FunctionId after, int limit) {
    endDoubts();
    UUID from = after == null ? null : Rows.uuid(after);
    return database.single(
        "read the functions of job " + job,
        db ->
            bounded(
                db.list(
                    row -> Rows.function(row, me.lease().epoch()),
                    RUNNABLE + " AND f.id " + beyond() + " ?" + ordered("f.id"),
                    me.id(),
                    Rows.uuid(job),
                    clock.instant(),
                    from == null ? start() : from,
                    limit)));
  }

  /** As many of them as a page may hold; at least one. */
  private static List<StoredFunction> bounded(List<StoredFunction> page) {
    long chars = 0;
    for (int i = 0; i < page.size(); i++) {
      chars += page.get(i).chars();
      if (chars >= MOST_PAGE_CHARS) {
        return page.subList(0, i + 1);
      }
    }
    return page;
  }

  @Override
  public Optional<StoredFunction> waiting(FunctionId function) {
    UUID id = Rows.uuid(function);
    return id == null
        ? Optional.empty()
        : database.single(
            "read function " + function,
            db -> db.find(row -> Rows.function(row, me.lease().epoch()), WAITING_ONE, id, me.id()));
  }

  @Override
  public List<StoredFunction> first(JobId job) {
    return database.single(
        "read the functions of job " + job,
        db ->
            db.list(
                row -> Rows.function(row, me.lease().epoch()),
                RUNNABLE + " AND f.runs_first" + ordered("f.id"),
                me.id(),
                Rows.uuid(job),
                clock.instant(),
                MOST_FIRST));
  }

  @Override
  public List<Orphan> firstOrphans(OwnerId owner, JobId job) {
    return database.single(
        "read the orphans of owner " + owner,
        db ->
            db.list(
                this::orphan,
                ORPHANS + RUNS_FIRST + ordered("f.id"),
                owner.key(),
                clock.instant(),
                Rows.uuid(job),
                MOST_FIRST));
  }

  private Orphan orphan(ResultSet row) throws SQLException {
    return new Orphan(
        Rows.function(row, me.lease().epoch()),
        row.getBoolean("cut_off"),
        row.getString("reported"));
  }

  @Override
  public boolean hasFirstOrphans(OwnerId owner) {
    return database.single(
        "read the orphans of owner " + owner,
        db ->
            db.find(
                    row -> row.getBoolean("found"),
                    "SELECT EXISTS (SELECT 1 FROM @.deferred_function WHERE owner_id = ? AND"
                        + " runs_first AND finished_at IS NULL) AS found",
                    owner.key())
                .orElseThrow());
  }

  @Override
  public JobId handOver(JobId job, OwnerId to) {
    UUID there = Uuid7.next();
    JobId other =
        database.inTransaction(
            "hand over job " + job,
            Loss.NOTHING,
            db -> {
              FleetHandOver.run(db, Rows.uuid(job), me.id(), to, there);
              return new JobId(there);
            });
    me.acknowledged().handedOver(Rows.uuid(job));
    return other;
  }

  @Override
  public AttemptStep.Result advance(AttemptStep step) {
    Loss loss =
        step.next().isEmpty() || RowFence.of(step.next().get(0)).ownerId().equals(me.id())
            ? Loss.LAST_MOMENTS
            : Loss.NOTHING; // else another process could claim the same after a crash of the server
    me.acknowledged().begin(Rows.ids(step.next()));
    step.ended().forEach(me.acknowledged()::ended);
    if (step.endedJob() != null) {
      me.acknowledged().jobEnded(Rows.uuid(step.endedJob()));
    }
    AttemptStep.Result result =
        database.inTransaction(
            "record attempts",
            loss,
            db -> FleetAttempts.advance(db, step, me.id(), me.lease().epoch(), clock.instant()));
    if (!result.lost().isEmpty()) {
      me.acknowledged().suspect(); // others have claimed them, or their begin was forgotten
    }
    boolean back =
        step.ended().stream()
            .anyMatch(
                ended ->
                    ended.result().next() == FunctionState.RETRY_WAIT
                        && ended.function().fence().isClaimed());
    if (back) {
      long unused = me.returns().incrementAndGet();
    }
    long done = step.ended().stream().filter(FleetFunctions::isDone).count();
    long unused = me.finished().addAndGet(done);
    if (loss == Loss.NOTHING
        || step.ended().stream()
            .anyMatch(ended -> !isDone(ended) || ended.function().fence().isClaimed())) {
      me.noteWork();
    }
    return result;
  }

  private static boolean isDone(EndedAttempt ended) {
    return ended.result().next() == FunctionState.DONE;
  }

  @Override
  public List<StoredFunction> running(List<FunctionId> functions) {
    List<UUID> ids = functions.stream().map(f -> (UUID) f.key()).toList();
    return database
        .single(
            "read running functions",
            db -> db.list(row -> Rows.function(row, me.lease().epoch()), RUNNING, ids, me.id()))
        .stream()
        .map(FleetFunctions::beforeTheAttempt)
        .toList();
  }

  private static StoredFunction beforeTheAttempt(StoredFunction f) {
    return new StoredFunction(
        f.id(), f.job(), f.fence(), f.call(), f.attempts() - 1, f.maxAttempts());
  }

  @Override
  public @Nullable Moment postpone(StoredFunction f, String reason, Duration wait) {
    Moment due = now().plus(wait);
    boolean postponed =
        database.inTransaction(
            "postpone function " + f.id(),
            Loss.LAST_MOMENTS,
            db -> Unresolvables.postpone(db, f, reason, FleetClock.instant(due)));
    if (postponed) {
      long unused = me.returns().incrementAndGet();
      me.noteWork();
    }
    return postponed ? due : null;
  }

  @Override
  public Waiting waiting() {
    endDoubts();
    return database.single(
        "look for work",
        db ->
            db.find(
                    row ->
                        new Waiting(
                            moment(FleetStatements.time(row, "due")), row.getBoolean("orphans")),
                    "SELECT (SELECT min(not_before) FROM @.deferred_function WHERE owner_id = ? AND"
                        + " state = 'retry_wait') AS due, EXISTS (SELECT 1 FROM "
                        + LEFT
                        + ") AS orphans",
                    me.id())
                .orElseThrow());
  }

  @Override
  public @Nullable Moment nextDue(Moment after) {
    return nextRetry(me.id(), after);
  }

  private @Nullable Moment nextRetry(UUID owner, Moment after) {
    List<Moment> due = new ArrayList<>();
    int unused =
        database.single(
            "look for retries",
            db ->
                db.find(
                        row -> {
                          Moment next = moment(FleetStatements.time(row, "due"));
                          if (next != null) {
                            due.add(next);
                          }
                          return 1;
                        },
                        NEXT_RETRY,
                        owner,
                        FleetClock.instant(after))
                    .orElse(0));
    return due.isEmpty() ? null : due.get(0);
  }

  @Override
  public List<JobId> openJobs(int limit) {
    return database.single(
        "look for open jobs",
        db ->
            db.list(
                row -> new JobId(FleetStatements.id(row, "job_id")),
                """
                SELECT DISTINCT f.job_id FROM @.deferred_function f JOIN @.job j ON j.id = f.job_id
                WHERE f.owner_id = ? AND f.finished_at IS NULL AND f.state = 'deferred'
                  AND j.opened_by = f.owner_id AND j.closed_at IS NULL
                ORDER BY f.job_id LIMIT ?
                """,
                me.id(),
                limit));
  }

  @Override
  public List<JobId> dueJobs(Moment by, int limit) {
    return database.single(
        "look for due retries",
        db ->
            db.list(
                row -> new JobId(FleetStatements.id(row, "job_id")),
                """
                SELECT job_id FROM @.deferred_function
                WHERE owner_id = ? AND state = 'retry_wait' AND not_before <= ?
                GROUP BY job_id ORDER BY min(not_before) LIMIT ?
                """,
                me.id(),
                FleetClock.instant(by),
                limit));
  }

  @Override
  public Version version() {
    return new Version(me.version().get());
  }

  @Override
  public Version returns() {
    return new Version(me.returns().get());
  }

  /** The last owner to end comes first: what it had claimed precedes what it had not reached. */
  @Override
  public List<OwnerId> endedOwners() {
    return database.single(
        "look for ended owners",
        db ->
            db.list(
                row -> new OwnerId(FleetStatements.id(row, "id")),
                "SELECT o.id FROM " + LEFT + " ORDER BY o.ended_at DESC"));
  }

  @Override
  public List<Orphan> orphans(OwnerId owner, @Nullable Cursor after, int limit) {
    UUID job = after == null ? start() : Rows.uuid(after.job());
    FunctionId last = after == null ? null : after.function();
    UUID id = after == null ? start() : last == null ? end() : Rows.uuid(last);
    List<Orphan> page =
        database.single(
            "read the orphans of owner " + owner,
            db ->
                db.list(
                    this::orphan,
                    ORPHANS
                        + " AND (f.job_id, f.id) "
                        + beyond()
                        + " (?, ?)"
                        + ordered("f.job_id, f.id"),
                    owner.key(),
                    clock.instant(),
                    job,
                    id,
                    limit));
    return page.subList(0, bounded(page.stream().map(Orphan::function).toList()).size());
  }

  @Override
  public @Nullable Supplier<Cursor> places(OwnerId owner) {
    List<UUID> ends =
        database.single(
            "look for places among the orphans of owner " + owner,
            db ->
                db.list(row -> FleetStatements.id(row, "job_id"), ENDS, owner.key(), owner.key()));
    return ends.isEmpty()
        ? null
        : () -> new Cursor(new JobId(Uuid7.between(ends.get(0), ends.get(1))), null);
  }

  @Override
  public @Nullable Moment nextOrphanDue(OwnerId owner) {
    return nextRetry((UUID) owner.key(), now());
  }

  @Override
  public int answerCutOff(List<StoredFunction> cutOff, Function<StoredFunction, Duration> backoff) {
    return database.inTransaction(
        "record attempts that were cut off",
        Loss.LAST_MOMENTS,
        db -> Claims.answerCutOff(db, cutOff, backoff, now()));
  }

  /** Nothing can be registered for an owner that has ended, so what is not there never comes. */
  @Override
  public void settle(OwnerId owner) {
    boolean unused =
        database.inTransaction(
            "settle owner " + owner,
            Loss.LAST_MOMENTS,
            db -> {
              Ends.settle(db, (UUID) owner.key());
              return true;
            });
  }

  @Override
  public Set<String> fatalLooks() {
    return new HashSet<>(
        database.single(
            "read fatal looks",
            db ->
                db.list(
                    row -> FleetStatements.text(row, "function"),
                    "SELECT DISTINCT unnest(looking_at) AS function FROM @.owner WHERE ended_at IS"
                        + " NOT NULL AND looking_at IS NOT NULL")));
  }

  @Override
  public void beginLook(List<String> functions) {
    int unused =
        database.inTransaction(
            "record a look",
            Loss.LAST_MOMENTS,
            db ->
                db.update(
                    "UPDATE @.owner SET looking_at = ? WHERE id = ? AND ended_at IS NULL",
                    functions,
                    me.id()));
  }

  @Override
  public void endLook() {
    int unused =
        database.inTransaction(
            "record the end of a look",
            Loss.LAST_MOMENTS,
            db -> db.update("UPDATE @.owner SET looking_at = NULL WHERE id = ?", me.id()));
  }

  @Override
  public void reportUnresolvable(List<Refusal> refusals) {
    int unused =
        database.inTransaction(
            "record what this process cannot run",
            Loss.LAST_MOMENTS,
            db -> {
              Unresolvables.report(db, refusals, me.id());
              return refusals.size();
            });
  }

  @Override
  public void close() {
    database.close();
  }
}
