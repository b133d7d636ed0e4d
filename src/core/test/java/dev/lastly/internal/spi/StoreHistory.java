package dev.lastly.internal.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionStore.JobDraft;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.FunctionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One history of owners in a store, beside what it should be: objects in memory that know nothing
 * of rows, locks and transactions. Each step asks the store, and compares. For one thread.
 */
public final class StoreHistory {
  private static final int OWNERS = 4;
  private static final int PAGE = 64;

  /**
   * Between two multiples of an hour, which is the step of time: clocks of owners may differ by
   * what a machine needs to make them.
   */
  private static final Duration BACKOFF = Duration.ofMinutes(90);

  private final StoreUnderTest world;
  private final List<Owner> owners = new ArrayList<>();
  private final List<Job> jobs = new ArrayList<>();
  private final List<Attempt> inHand = new ArrayList<>();
  private final Set<Case> seen = EnumSet.noneOf(Case.class);
  private Duration now = Duration.ZERO;

  /** What happens; the numbers of a step select among what exists then. */
  public enum Kind {
    REGISTER,
    CANCEL,
    COMMIT,
    END_JOB,
    BEGIN,
    OUTCOME,
    POSTPONE,
    DIE,
    LEAVE,
    LOOK,
    INHERIT,
    SETTLE,
    PASS
  }

  /** What some history must come to. */
  public enum Case {
    CANCELLED,
    CANCELLED_TOO_LATE,
    COMMITTED,
    COMMIT_REFUSED,
    BEGUN_TOGETHER,
    BEGUN_BY_AN_ENDED_OWNER,
    RETRIED,
    QUARANTINED,
    OUTCOME_LOST,
    POSTPONED,
    CUT_OFF,
    CUT_OFF_FOR_THE_LAST_TIME,
    CLAIMED,
    CLAIMED_AGAIN,
    GIVEN_BACK,
    JOB_BUSY
  }

  /** One step. */
  public record Step(Kind kind, int a, int b, int c) {}

  private static final class Owner {
    private final Membership member;
    private boolean dead; // as the kernel knows
    private boolean ended; // as the store knows
    private boolean left; // by itself
    private boolean settled; // known to have left nothing

    Owner(Membership member) {
      this.member = member;
    }

    boolean lives() {
      return !dead && !ended;
    }
  }

  private static final class Job {
    private final JobId id;
    private final Owner openedBy;
    private final List<Deferred> functions = new ArrayList<>();
    private boolean closed;
    private boolean committed;
    private @Nullable Owner lastClaimer;

    Job(JobId id, Owner openedBy) {
      this.id = id;
      this.openedBy = openedBy;
    }
  }

  private static final class Deferred {
    private final FunctionId id;
    private final Job job;
    private Owner owner;
    private @Nullable Owner leftBy; // by whom, if it was claimed and not given back
    private int claims;
    private FunctionState state = FunctionState.DEFERRED;
    private int attempts;
    private int maxAttempts;
    private Duration due = Duration.ZERO;

    Deferred(FunctionId id, Job job, Owner owner, int maxAttempts) {
      this.id = id;
      this.job = job;
      this.owner = owner;
      this.maxAttempts = maxAttempts;
    }

    boolean isUnfinished() {
      return state == FunctionState.DEFERRED
          || state == FunctionState.RUNNING
          || state == FunctionState.RETRY_WAIT;
    }

    boolean waits() {
      return state == FunctionState.DEFERRED || state == FunctionState.RETRY_WAIT;
    }
  }

  /** An attempt that has begun, as its process knows it. */
  private record Attempt(Owner owner, StoredFunction read, Deferred function, int claims) {}

  /** A history without functions. */
  StoreHistory(StoreUnderTest world) {
    this.world = world;
    for (int i = 0; i < OWNERS; i++) {
      owners.add(new Owner(world.join()));
    }
  }

  Set<Case> seen() {
    return seen;
  }

  private void saw(boolean that, Case one) {
    if (that) {
      seen.add(one);
    }
  }

  private static <T> Optional<T> one(List<T> of, int number) {
    return of.isEmpty() ? Optional.empty() : Optional.of(of.get(number % of.size()));
  }

  /** Mostly what is done is the last thing that was begun. */
  private static List<Attempt> latest(List<Attempt> all) {
    return all.subList(Math.max(0, all.size() - 2), all.size());
  }

  private List<Owner> living() {
    return owners.stream().filter(Owner::lives).toList();
  }

  private Stream<Deferred> functions() {
    return jobs.stream().flatMap(job -> job.functions.stream());
  }

  /** Takes a step; does nothing if there is nothing that it could be about. */
  void take(Step step) {
    switch (step.kind()) {
      case REGISTER -> one(living(), step.a()).ifPresent(o -> register(o, step.b(), step.c()));
      case CANCEL -> one(functions().toList(), step.a()).ifPresent(f -> cancel(f, step.b()));
      case COMMIT -> one(jobs, step.a()).ifPresent(job -> commit(job, step.b(), step.c()));
      case END_JOB ->
          one(jobs.stream().filter(job -> job.openedBy.lives()).toList(), step.a())
              .ifPresent(this::endJob);
      case BEGIN -> one(waiting(), step.a()).ifPresent(f -> begin(f.owner, f.job, step.b()));
      case OUTCOME ->
          one(latest(inHand.stream().filter(attempt -> !attempt.owner().left).toList()), step.a())
              .ifPresent(attempt -> end(attempt, step.b()));
      case POSTPONE ->
          one(functions().filter(f -> f.owner.lives()).toList(), step.a())
              .ifPresent(this::postpone);
      case DIE -> one(worthDying(step.b()), step.a()).ifPresent(this::die);
      case LEAVE -> one(allButOne(), step.a()).ifPresent(this::leave);
      case LOOK -> one(living(), step.a()).ifPresent(this::look);
      case INHERIT ->
          one(living(), step.a())
              .ifPresent(
                  heir ->
                      one(withOrphans(), step.b())
                          .ifPresent(dead -> inherit(heir, dead, step.c())));
      case SETTLE ->
          one(owners.stream().filter(o -> o.ended).toList(), step.a()).ifPresent(this::settle);
      case PASS -> {
        Duration time = Duration.ofHours(1 + step.a() % 2);
        world.pass(time);
        now = now.plus(time);
      }
    }
  }

  private List<Owner> allButOne() {
    List<Owner> living = living();
    return living.subList(0, Math.max(0, living.size() - 1));
  }

  private boolean hasUnfinished(Owner owner) {
    return functions().anyMatch(f -> f.owner == owner && f.isUnfinished());
  }

  /** Mostly those that leave something. */
  private List<Owner> worthDying(int number) {
    List<Owner> some = allButOne();
    return number % 8 == 0 ? some : some.stream().filter(this::hasUnfinished).toList();
  }

  private List<Owner> withOrphans() {
    return owners.stream().filter(o -> o.ended && hasUnfinished(o)).toList();
  }

  /** Of processes that have not closed; they may be dead, which is as if they hung. */
  private List<Deferred> waiting() {
    return functions().filter(f -> f.waits() && !f.owner.left).toList();
  }

  private boolean isDue(Deferred f) {
    return f.state == FunctionState.DEFERRED
        || (f.state == FunctionState.RETRY_WAIT && f.due.compareTo(now) <= 0);
  }

  private static Registration registration(int maxAttempts) {
    EncodedCall call =
        new EncodedCall(
            "Cleanup::run",
            new FunctionReference("com.acme.Cleanup", "run", "()V"),
            null,
            "/app.jar#0123456789abcdef",
            "[]");
    return Registration.of(call, maxAttempts);
  }

  private void register(Owner owner, int which, int most) {
    int maxAttempts = 1 + most % 3;
    List<Job> open = jobs.stream().filter(j -> j.openedBy == owner && !j.closed).toList();
    Job known = which % 3 == 0 || open.isEmpty() ? null : open.get(which % open.size());
    JobDraft draft = new JobDraft(known == null ? null : known.id, "a job", owner.member.now());
    Registered made = owner.member.store().register(draft, registration(maxAttempts));
    Job job = known == null ? new Job(made.job(), owner) : known;
    if (known == null) {
      jobs.add(job);
    }
    assertThat(made.job()).isEqualTo(job.id);
    job.functions.add(new Deferred(made.function(), job, owner, maxAttempts));
    compare(job);
  }

  private void cancel(Deferred f, int by) {
    Owner owner = by % 3 == 0 ? owners.get(by % OWNERS) : f.owner;
    if (owner.left) {
      return;
    }
    boolean expected =
        f.state == FunctionState.CANCELLED
            || (f.owner == owner && f.state == FunctionState.DEFERRED);
    assertThat(owner.member.store().cancel(f.id)).as("cancel").isEqualTo(expected);
    saw(expected, Case.CANCELLED);
    saw(!expected && f.owner == owner, Case.CANCELLED_TOO_LATE);
    if (expected) {
      f.state = FunctionState.CANCELLED;
    }
    compare(f.job);
  }

  private void commit(Job job, int by, int which) {
    Owner owner = by % 5 == 0 ? owners.get(by % OWNERS) : job.openedBy;
    if (owner.left) {
      return;
    }
    List<Deferred> some = new ArrayList<>();
    for (int i = 0; i < job.functions.size(); i++) {
      if ((which >> i & 1) == 1) {
        some.add(job.functions.get(i));
      }
    }
    boolean expected =
        owner == job.openedBy
            && !owner.ended
            && (job.committed || !job.closed)
            && some.stream()
                .allMatch(
                    f ->
                        f.state == FunctionState.CANCELLED
                            || (f.owner == owner && f.state == FunctionState.DEFERRED));
    List<FunctionId> ids = some.stream().map(f -> f.id).toList();
    assertThat(owner.member.store().commit(job.id, ids)).as("commit").isEqualTo(expected);
    saw(expected, Case.COMMITTED);
    saw(!expected, Case.COMMIT_REFUSED);
    if (expected) {
      job.committed = true;
      some.forEach(f -> f.state = FunctionState.CANCELLED);
    }
    compare(job);
  }

  private void endJob(Job job) {
    AttemptStep.Result ended =
        job.openedBy.member.store().advance(new AttemptStep(List.of(), List.of(), job.id));
    job.closed = true;
    assertThat(ended.newest()).isEqualTo(job.functions.get(job.functions.size() - 1).id);
    compare(job);
  }

  /** The functions of a job that an owner could run now, newest first. */
  private List<Deferred> runnable(Owner owner, Job job) {
    return job.functions.stream()
        .filter(f -> f.owner == owner && isDue(f))
        .sorted(Comparator.comparing((Deferred f) -> job.functions.indexOf(f)).reversed())
        .toList();
  }

  private void begin(Owner owner, Job job, int most) {
    List<StoredFunction> page = owner.member.store().runnable(job.id, null, PAGE);
    assertThat(page).extracting(StoredFunction::id).isEqualTo(ids(runnable(owner, job)));
    List<StoredFunction> next = together(page, most);
    if (next.isEmpty()) {
      return;
    }
    List<StoredFunction> started =
        owner.member.store().advance(new AttemptStep(List.of(), next, null)).started();
    assertThat(started).as("begun").hasSize(owner.ended ? 0 : next.size());
    saw(owner.ended, Case.BEGUN_BY_AN_ENDED_OWNER);
    saw(started.size() > 1, Case.BEGUN_TOGETHER);
    started.forEach(f -> begun(owner, f));
    compare(job);
  }

  private static List<FunctionId> ids(List<Deferred> functions) {
    return ids(functions, f -> f.id);
  }

  private static <T, I> List<I> ids(List<T> all, Function<T, I> id) {
    return all.stream().map(id).toList();
  }

  /** The first functions of a page that may begin in one step. */
  private static List<StoredFunction> together(List<StoredFunction> page, int most) {
    List<StoredFunction> next = new ArrayList<>();
    for (StoredFunction f : page) {
      if (next.isEmpty() || (next.size() <= most % 4 && AttemptStep.mayShare(next.get(0), f))) {
        next.add(f);
      } else {
        break;
      }
    }
    return next;
  }

  private Deferred known(FunctionId id) {
    return functions().filter(f -> f.id.equals(id)).findFirst().orElseThrow();
  }

  private void begun(Owner owner, StoredFunction read) {
    Deferred f = known(read.id());
    assertThat(read.attempts()).isEqualTo(f.attempts);
    saw(f.attempts > 0, Case.RETRIED);
    f.state = FunctionState.RUNNING;
    f.attempts++;
    inHand.add(new Attempt(owner, read, f, f.claims));
  }

  private void end(Attempt attempt, int how) {
    inHand.remove(attempt);
    Deferred f = attempt.function();
    boolean last = attempt.read().nextAttempt() >= attempt.read().maxAttempts();
    AttemptResult result =
        switch (how % 3) {
          case 0 -> result(AttemptOutcome.RETURNED, FunctionState.DONE);
          case 1 ->
              result(
                  AttemptOutcome.THREW,
                  last ? FunctionState.QUARANTINED : FunctionState.RETRY_WAIT);
          default -> result(AttemptOutcome.UNRESOLVABLE, FunctionState.RETRY_WAIT);
        };
    boolean lost =
        f.owner != attempt.owner()
            || f.claims != attempt.claims()
            || f.state != FunctionState.RUNNING
            || f.attempts != attempt.read().nextAttempt();
    Membership owner = attempt.owner().member;
    EndedAttempt ended = new EndedAttempt(attempt.read(), result, owner.now(), owner.now());
    assertThat(owner.store().advance(AttemptStep.end(ended)).lost())
        .as("lost")
        .hasSize(lost ? 1 : 0);
    saw(lost, Case.OUTCOME_LOST);
    if (!lost) {
      f.state = result.next();
      f.due = now.plus(BACKOFF);
      saw(f.state == FunctionState.QUARANTINED, Case.QUARANTINED);
      if (result.outcome() == AttemptOutcome.UNRESOLVABLE) {
        f.maxAttempts++;
        giveBack(f);
      }
    }
    compare(f.job);
  }

  private static AttemptResult result(AttemptOutcome outcome, FunctionState next) {
    Duration retry = next == FunctionState.RETRY_WAIT ? BACKOFF : null;
    return new AttemptResult(outcome, next, retry, next == FunctionState.DONE ? null : "no", null);
  }

  /** What was claimed and cannot be run here waits where others find it. */
  private void giveBack(Deferred f) {
    Owner leftBy = f.leftBy;
    if (leftBy != null) {
      f.owner = leftBy;
      leftBy.settled = false;
      f.leftBy = null;
      f.claims++;
      seen.add(Case.GIVEN_BACK);
    }
  }

  private void postpone(Deferred f) {
    FunctionStore store = f.owner.member.store();
    Optional<StoredFunction> read = store.waiting(f.id);
    assertThat(read.isPresent()).as("waits").isEqualTo(f.waits());
    if (read.isPresent()) {
      assertThat(store.postpone(read.get(), "not now", BACKOFF)).isNotNull();
      seen.add(Case.POSTPONED);
      f.state = FunctionState.RETRY_WAIT;
      f.due = now.plus(BACKOFF);
      giveBack(f);
    }
    compare(f.job);
  }

  private void die(Owner owner) {
    world.kill(owner.member);
    owner.dead = true;
  }

  private void leave(Owner owner) {
    owner.member.liveness().leave("closed");
    owner.ended = true;
    owner.left = true;
  }

  private void look(Owner owner) {
    List<Owner> died = owners.stream().filter(o -> o.dead && !o.ended).toList();
    assertThat(owner.member.liveness().look()).as("deaths").isEqualTo(died.size());
    died.forEach(o -> o.ended = true);
    compareEnded(owner);
  }

  private void settle(Owner dead) {
    Owner eyes = living().get(0);
    eyes.member.store().settle(dead.member.self());
    dead.settled = !hasUnfinished(dead);
    compareEnded(eyes);
  }

  private void compareEnded(Owner eyes) {
    List<OwnerId> ended = new ArrayList<>(eyes.member.store().endedOwners());
    ended.retainAll(ids(owners, o -> o.member.self())); // not of other histories
    assertThat(ended)
        .as("ended owners with orphans")
        .doesNotHaveDuplicates()
        .containsAll(ids(withOrphans(), o -> o.member.self()))
        .isSubsetOf(
            ids(owners.stream().filter(o -> o.ended && !o.settled).toList(), o -> o.member.self()));
  }

  private void inherit(Owner heir, Owner dead, int which) {
    FunctionStore store = heir.member.store();
    List<Orphan> page = store.orphans(dead.member.self(), null, PAGE);
    compareOrphans(page, dead);
    List<StoredFunction> cutOff =
        page.stream().filter(Orphan::cutOff).map(Orphan::function).toList();
    if (!cutOff.isEmpty()) {
      assertThat(store.answerCutOff(cutOff, f -> BACKOFF)).isEqualTo(cutOff.size());
      cutOff.forEach(f -> cutOff(known(f.id())));
    } else if (!page.isEmpty()) {
      JobId job = page.get(which % page.size()).function().job();
      List<StoredFunction> ofJob =
          page.stream().map(Orphan::function).filter(f -> f.job().equals(job)).toList();
      claim(heir, dead, together(ofJob, which));
    }
    page.forEach(orphan -> compare(known(orphan.function().id()).job));
  }

  private void compareOrphans(List<Orphan> page, Owner dead) {
    List<Deferred> expected = new ArrayList<>();
    for (int i = jobs.size() - 1; i >= 0; i--) {
      List<Deferred> all = jobs.get(i).functions;
      for (int k = all.size() - 1; k >= 0; k--) {
        Deferred f = all.get(k);
        if (f.owner == dead && (isDue(f) || f.state == FunctionState.RUNNING)) {
          expected.add(f);
        }
      }
    }
    assertThat(page.stream().map(orphan -> orphan.function().id()))
        .as("orphans")
        .isEqualTo(ids(expected));
    assertThat(page.stream().map(Orphan::cutOff))
        .as("cut off")
        .isEqualTo(expected.stream().map(f -> f.state == FunctionState.RUNNING).toList());
  }

  private void cutOff(Deferred f) {
    boolean usedUp = f.attempts >= f.maxAttempts;
    f.state = usedUp ? FunctionState.QUARANTINED : FunctionState.RETRY_WAIT;
    f.due = now.plus(BACKOFF);
    seen.add(usedUp ? Case.CUT_OFF_FOR_THE_LAST_TIME : Case.CUT_OFF);
  }

  private void claim(Owner heir, Owner dead, List<StoredFunction> next) {
    Job job = known(next.get(0).id()).job;
    AttemptStep.Result step = heir.member.store().advance(new AttemptStep(List.of(), next, null));
    boolean busy = isBusy(job, dead);
    assertThat(step.jobBusy()).as("job is busy").isEqualTo(busy);
    assertThat(step.started()).hasSize(busy ? 0 : next.size());
    saw(busy, Case.JOB_BUSY);
    for (StoredFunction started : step.started()) {
      Deferred f = known(started.id());
      saw(true, f.claims == 0 ? Case.CLAIMED : Case.CLAIMED_AGAIN);
      f.leftBy = dead;
      f.owner = heir;
      f.claims++;
      job.lastClaimer = heir;
      begun(heir, started);
    }
  }

  /** Whether the last claimer of the job is at work on it, or has left what comes first. */
  private boolean isBusy(Job job, Owner dead) {
    Owner last = job.lastClaimer;
    return last != null
        && last != dead
        && job.functions.stream()
            .filter(f -> f.owner == last)
            .anyMatch(f -> f.state == FunctionState.RUNNING || (last.ended && isDue(f)));
  }

  private void compare(Job job) {
    FunctionStore eyes = living().get(0).member.store();
    for (Deferred f : job.functions) {
      assertThat(eyes.state(f.id)).as("state").contains(f.state);
    }
  }

  /** Compares all states, and what each process would run next. */
  void compareAll() {
    Owner eyes = living().get(0);
    compareEnded(eyes);
    for (Job job : jobs) {
      compare(job);
      assertThat(eyes.member.store().origin(job.functions.get(0).id).jobCommitted())
          .as("committed")
          .isEqualTo(job.committed);
      for (Owner owner : owners) {
        if (owner.lives()) {
          assertThat(owner.member.store().runnable(job.id, null, PAGE))
              .extracting(StoredFunction::id)
              .as("runnable")
              .isEqualTo(ids(runnable(owner, job)));
        }
      }
    }
    for (Owner dead : withOrphans()) {
      compareOrphans(eyes.member.store().orphans(dead.member.self(), null, PAGE), dead);
    }
  }

  /** Ends all owners, so that the next history finds none of them alive. */
  void end() {
    allButOne().forEach(this::die);
    Liveness last = living().get(0).member.liveness();
    int unused = last.look();
    last.leave("closed");
  }
}
