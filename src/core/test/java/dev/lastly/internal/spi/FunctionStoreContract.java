package dev.lastly.internal.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionStore.Cursor;
import dev.lastly.internal.spi.FunctionStore.JobDraft;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.FunctionStore.Refusal;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.FunctionStore.Version;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the engine relies on in every {@link FunctionStore}; the test class of each store extends
 * this.
 */
public abstract class FunctionStoreContract {
  private static final int ATTEMPTS = 3;
  private static final int PAGE = 64;
  private static final Duration BACKOFF = Duration.ofSeconds(5);

  private static final AttemptResult DONE =
      new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, null);
  private static final AttemptResult AGAIN =
      new AttemptResult(AttemptOutcome.THREW, FunctionState.RETRY_WAIT, BACKOFF, "no", null);
  private static final AttemptResult GIVEN_UP =
      new AttemptResult(AttemptOutcome.THREW, FunctionState.QUARANTINED, null, "no", null);
  private static final AttemptResult NOT_HERE =
      new AttemptResult(
          AttemptOutcome.UNRESOLVABLE, FunctionState.RETRY_WAIT, BACKOFF, "not here", null);

  private StoreUnderTest world;
  private Membership me;
  private FunctionStore store;

  /** A store without owners. */
  protected abstract StoreUnderTest open() throws Exception;

  @BeforeEach
  final void join() throws Exception {
    world = open();
    me = world.join();
    store = me.store();
  }

  @AfterEach
  final void end() {
    world.close();
  }

  private static EncodedCall call(String argument) {
    return new EncodedCall(
        "Cleanup::run",
        new FunctionReference("com.acme.Cleanup", "run", "(Ljava/lang/String;)V"),
        null,
        "/app.jar#0123456789abcdef",
        "[\"" + argument + "\"]");
  }

  /** A job of so many functions, called 1, 2, … */
  private static List<Registered> job(Membership owner, int functions) {
    List<Registered> all = new ArrayList<>();
    Moment openedAt = owner.now();
    JobId id = null;
    for (int i = 1; i <= functions; i++) {
      JobDraft draft = new JobDraft(id, "a job", openedAt);
      Registered one = owner.store().register(draft, Registration.of(call("" + i), ATTEMPTS));
      id = one.job();
      all.add(one);
    }
    return all;
  }

  private static List<FunctionId> ids(Collection<StoredFunction> functions) {
    return functions.stream().map(StoredFunction::id).toList();
  }

  private static List<FunctionId> registered(List<Registered> functions) {
    return functions.stream().map(Registered::function).toList();
  }

  private static List<StoredFunction> waiting(Membership owner, JobId job) {
    return owner.store().runnable(job, null, PAGE);
  }

  private static StoredFunction only(List<StoredFunction> functions) {
    assertThat(functions).hasSize(1);
    return functions.get(0);
  }

  private static AttemptStep.Result begin(Membership owner, StoredFunction... next) {
    return owner.store().advance(new AttemptStep(List.of(), List.of(next), null));
  }

  private static AttemptStep.Result end(
      Membership owner, StoredFunction function, AttemptResult result) {
    EndedAttempt ended = new EndedAttempt(function, result, owner.now(), owner.now());
    return owner.store().advance(AttemptStep.end(ended));
  }

  private FunctionState state(Registered function) {
    return store.state(function.function()).orElseThrow();
  }

  /** The process of an owner has died, and another one has recorded that. */
  private void die(Membership owner, Membership witness) {
    world.kill(owner);
    assertThat(witness.liveness().look()).isEqualTo(1);
  }

  private static List<Orphan> orphans(Membership heir, Membership dead) {
    return heir.store().orphans(dead.self(), null, PAGE);
  }

  private static List<StoredFunction> functions(List<Orphan> orphans) {
    return orphans.stream().map(Orphan::function).toList();
  }

  @Test
  void register_functionsOfAJob_areItsAndWait() {
    List<Registered> functions = job(me, 3);
    assertThat(functions).extracting(Registered::job).containsOnly(functions.get(0).job());
    assertThat(registered(functions)).doesNotHaveDuplicates();
    assertThat(functions).extracting(this::state).containsOnly(FunctionState.DEFERRED);
    assertThat(job(me, 1).get(0).job()).isNotEqualTo(functions.get(0).job());
  }

  @Test
  void register_whatIsReadAgain_saysTheSame() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    assertThat(read.job()).isEqualTo(function.job());
    assertThat(read.name()).isEqualTo(call("1").name());
    assertThat(read.code().function()).isEqualTo(call("1").function().toString());
    assertThat(read.code().classDigest()).isNull();
    assertThat(read.arguments()).isEqualTo("[\"1\"]");
    assertThat(read.isDamaged()).isFalse();
    assertThat(read.attempts()).isZero();
    assertThat(read.maxAttempts()).isEqualTo(ATTEMPTS);
    assertThat(read.fence().isClaimed()).isFalse();
  }

  @Test
  void state_neverRegistered_isEmpty() {
    Registered function = job(me, 1).get(0);
    assertThat(store.state(function.function())).isPresent();
    assertThat(store.state(new FunctionId(Long.MAX_VALUE))).isEmpty();
  }

  @Test
  void cancel_thatWaits_neverRuns_andMayBeRepeated() {
    Registered function = job(me, 1).get(0);
    assertThat(store.cancel(function.function())).isTrue();
    assertThat(store.cancel(function.function())).isTrue();
    assertThat(world.join().store().cancel(function.function())).as("it is").isTrue();
    assertThat(state(function)).isEqualTo(FunctionState.CANCELLED);
    assertThat(waiting(me, function.job())).isEmpty();
  }

  @Test
  void cancel_afterItWasRead_itDoesNotBegin() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    assertThat(store.cancel(function.function())).isTrue();
    assertThat(begin(me, read).started()).isEmpty();
    assertThat(state(function)).isEqualTo(FunctionState.CANCELLED);
  }

  @Test
  void commit_thatWaitOrAreCancelled_neverRun_andMayBeRepeated() {
    List<Registered> functions = job(me, 4);
    store.cancel(functions.get(1).function());
    List<FunctionId> three = functions.subList(0, 3).stream().map(Registered::function).toList();
    JobId job = functions.get(0).job();
    assertThat(store.origin(functions.get(3).function()).jobCommitted()).isFalse();
    assertThat(store.commit(job, three)).isTrue();
    assertThat(store.commit(job, three)).isTrue();
    assertThat(store.commit(job, List.of())).isTrue();
    assertThat(store.origin(functions.get(3).function()).jobCommitted()).isTrue();
    assertThat(waiting(me, functions.get(0).job()))
        .extracting(StoredFunction::id)
        .containsExactly(functions.get(3).function());
  }

  @Test
  void commit_oneHasBegunOrIsAnothers_changesNothing() {
    List<Registered> functions = job(me, 2);
    List<FunctionId> both = functions.stream().map(Registered::function).toList();
    JobId job = functions.get(0).job();
    assertThat(world.join().store().commit(job, both)).as("another's").isFalse();
    assertThat(world.join().store().commit(job, List.of())).as("another's").isFalse();
    StoredFunction first = waiting(me, functions.get(0).job()).get(0);
    begin(me, first);
    assertThat(store.commit(job, both)).isFalse();
    assertThat(store.origin(functions.get(0).function()).jobCommitted()).isFalse();
    assertThat(functions)
        .extracting(this::state)
        .containsExactlyInAnyOrder(FunctionState.RUNNING, FunctionState.DEFERRED);
  }

  @Test
  void handOver_openJob_isTheOthersWithAllThatHasNotBegun() {
    List<Registered> three = job(me, 3);
    JobId job = three.get(0).job();
    begin(me, store.waiting(three.get(0).function()).orElseThrow());
    assertThat(store.cancel(three.get(1).function())).isTrue();
    FunctionId first =
        store.register(new JobDraft(job, "a job", me.now()), runsFirst("x")).function();
    assertThatThrownBy(() -> store.handOver(job, me.self()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.handOver(job, new OwnerId(99L)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no open owner has the id 99");
    Membership heir = world.join();
    JobId there = store.handOver(job, heir.self());
    assertThat(store.state(first)).contains(FunctionState.CANCELLED);
    assertThat(store.state(three.get(0).function())).contains(FunctionState.RUNNING);
    assertThat(waiting(me, job)).isEmpty();
    List<StoredFunction> handed = waiting(heir, there);
    assertThat(handed).extracting(StoredFunction::arguments).containsExactly("[\"x\"]", "[\"3\"]");
    assertThat(handed).noneMatch(StoredFunction::isDamaged);
    assertThat(handed)
        .extracting(StoredFunction::options)
        .containsExactly("{\"after_ms\":1}", null);
    assertThat(ids(heir.store().first(there))).containsExactly(handed.get(0).id());
    assertThat(store.openJobs(PAGE)).isEmpty();
    assertThat(heir.store().openJobs(PAGE)).containsExactly(there);
    world.kill(me);
    assertThat(heir.liveness().look()).isOne();
    assertThat(heir.store().orphans(me.self(), null, PAGE)).hasSize(1);
  }

  @Test
  void commit_ofAJobThatHasEnded_isNot() {
    Registered function = job(me, 1).get(0);
    store.advance(new AttemptStep(List.of(), List.of(), function.job()));
    assertThat(store.commit(function.job(), List.of())).isFalse();
    assertThat(store.origin(function.function()).jobCommitted()).isFalse();
    assertThat(store.origin(function.function()).jobEndedAt()).isNotNull();
  }

  @Test
  void first_amongOthers_areThoseThatRunFirst_byAnyOwner() {
    Registered plain = job(me, 1).get(0);
    JobDraft draft = new JobDraft(plain.job(), "a job", me.now());
    FunctionId one = store.register(draft, runsFirst("one")).function();
    FunctionId two = store.register(draft, runsFirst("two")).function();
    FunctionId last = store.register(draft, Registration.of(call("last"), ATTEMPTS)).function();
    assertThat(ids(store.first(plain.job()))).containsExactly(two, one);
    assertThat(ids(waiting(me, plain.job()))).contains(last, one, plain.function());
    assertThat(store.first(job(me, 1).get(0).job())).isEmpty();
    assertThat(store.hasFirstOrphans(me.self())).isTrue();
    world.kill(me);
    Membership heir = world.join();
    assertThat(heir.liveness().look()).isOne();
    assertThat(heir.store().firstOrphans(me.self(), plain.job()))
        .extracting(orphan -> orphan.function().id())
        .containsExactly(two, one);
  }

  private static Registration runsFirst(String argument) {
    return new Registration(call(argument), ATTEMPTS, "{\"after_ms\":1}", true);
  }

  @Test
  void register_withOptions_areReadWithTheRow_andPartOfItsChecksum() {
    JobDraft draft = new JobDraft(null, "a job", me.now());
    Registered function = store.register(draft, runsFirst("x"));
    StoredFunction read = only(waiting(me, function.job()));
    assertThat(read.options()).isEqualTo("{\"after_ms\":1}");
    assertThat(read.isDamaged()).isFalse();
    assertThat(read.checksum()).isNotEqualTo(Registration.of(call("x"), ATTEMPTS).checksum());
  }

  @Test
  void waiting_oneFunction_isReadUntilItHasBegun() {
    List<Registered> two = job(me, 2);
    FunctionId id = two.get(0).function();
    assertThat(store.waiting(id).map(StoredFunction::id)).contains(id);
    assertThat(world.join().store().waiting(id)).as("another's").isEmpty();
    begin(me, store.waiting(id).orElseThrow());
    assertThat(store.waiting(id)).isEmpty();
  }

  @Test
  void cancel_thatHasBegunOrIsAnothers_isNot() {
    Registered function = job(me, 1).get(0);
    assertThat(world.join().store().cancel(function.function())).as("another's").isFalse();
    begin(me, only(waiting(me, function.job())));
    assertThat(store.cancel(function.function())).isFalse();
    assertThat(state(function)).isEqualTo(FunctionState.RUNNING);
  }

  @ParameterizedTest
  @EnumSource
  void runnable_pageByPage_allOnceInTheirOrder(Order order) {
    Membership owner = world.join(settings -> settings.order(order));
    List<Registered> functions = job(owner, 5);
    List<FunctionId> expected = new ArrayList<>(registered(functions));
    if (order == Order.NEWEST_FIRST) {
      Collections.reverse(expected);
    }
    List<FunctionId> read = new ArrayList<>();
    FunctionId after = null;
    List<StoredFunction> page;
    do {
      page = owner.store().runnable(functions.get(0).job(), after, 2);
      read.addAll(ids(page));
      after = page.isEmpty() ? after : page.get(page.size() - 1).id();
    } while (page.size() == 2);
    assertThat(read).isEqualTo(expected);
  }

  @Test
  void runnable_jobOfAnother_isEmpty() {
    Registered function = job(me, 1).get(0);
    assertThat(waiting(world.join(), function.job())).isEmpty();
  }

  @Test
  void advance_begin_isRunning_andBeginsOnce() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    assertThat(ids(begin(me, read).started())).containsExactly(function.function());
    assertThat(state(function)).isEqualTo(FunctionState.RUNNING);
    assertThat(waiting(me, function.job())).isEmpty();
    assertThat(begin(me, read).started()).as("by another thread").isEmpty();
    assertThat(ids(store.running(List.of(function.function()))))
        .containsExactly(function.function());
  }

  @Test
  void advance_severalBeginTogether_oneHasChanged_theOthersBegin() {
    List<Registered> functions = job(me, 3);
    List<StoredFunction> read = waiting(me, functions.get(0).job());
    store.cancel(functions.get(1).function());
    assertThat(ids(begin(me, read.toArray(StoredFunction[]::new)).started()))
        .containsExactlyInAnyOrder(functions.get(0).function(), functions.get(2).function());
    assertThat(functions)
        .extracting(this::state)
        .containsExactly(FunctionState.RUNNING, FunctionState.CANCELLED, FunctionState.RUNNING);
  }

  @Test
  void advance_returned_isDoneForGood() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    begin(me, read);
    assertThat(end(me, read, DONE).lost()).isEmpty();
    assertThat(state(function)).isEqualTo(FunctionState.DONE);
    assertThat(waiting(me, function.job())).isEmpty();
    assertThat(begin(me, read).started()).isEmpty();
    assertThat(end(me, read, DONE).lost()).as("recorded twice").hasSize(1);
  }

  @Test
  void advance_failed_waitsUntilItIsDue() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    begin(me, read);
    Moment failed = store.now();
    end(me, read, AGAIN);
    assertThat(state(function)).isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(store.waiting().nextDue()).isEqualTo(failed.plus(BACKOFF));
    assertThat(store.nextDue(failed)).isEqualTo(failed.plus(BACKOFF));
    assertThat(store.nextDue(failed.plus(BACKOFF))).isNull();
    assertThat(store.dueJobs(store.now(), PAGE)).isEmpty();
    assertThat(waiting(me, function.job())).isEmpty();
    world.pass(BACKOFF);
    assertThat(store.dueJobs(store.now(), PAGE)).containsExactly(function.job());
    assertThat(only(waiting(me, function.job())).attempts()).isEqualTo(1);
  }

  @Test
  void advance_givenUp_isQuarantined() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    begin(me, read);
    end(me, read, GIVEN_UP);
    assertThat(state(function)).isEqualTo(FunctionState.QUARANTINED);
    assertThat(waiting(me, function.job())).isEmpty();
    assertThat(store.waiting().nextDue()).isNull();
  }

  @Test
  void advance_cannotBeRunHere_usesUpNoAttempt() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    begin(me, read);
    end(me, read, NOT_HERE);
    world.pass(BACKOFF);
    StoredFunction again = only(waiting(me, function.job()));
    assertThat(again.maxAttempts() - again.attempts()).isEqualTo(ATTEMPTS);
  }

  @Test
  void advance_jobEnds_tellsWhichFunctionCameLast() {
    List<Registered> functions = job(me, 3);
    JobId job = functions.get(0).job();
    store.cancel(functions.get(2).function());
    AttemptStep.Result ended = store.advance(new AttemptStep(List.of(), List.of(), job));
    assertThat(ended.newest())
        .as("cancelled, but not unseen")
        .isEqualTo(functions.get(2).function());
    assertThat(begin(me, waiting(me, job).get(0)).newest()).isNull();
  }

  @Test
  void advance_endAndBeginTogether_areOneStep() {
    List<Registered> functions = job(me, 2);
    List<StoredFunction> read = waiting(me, functions.get(0).job());
    begin(me, read.get(0));
    EndedAttempt ended = new EndedAttempt(read.get(0), DONE, me.now(), me.now());
    AttemptStep.Result step =
        store.advance(new AttemptStep(List.of(ended), List.of(read.get(1)), null));
    assertThat(step.lost()).isEmpty();
    assertThat(ids(step.started())).containsExactly(read.get(1).id());
  }

  /** P2: no other owner begins a living owner's functions, even if it has read the rows. */
  @Test
  void advance_functionOfALivingOwner_isRefusedAndNothingOfTheStepIsRecorded() {
    Registered mine = job(me, 1).get(0);
    StoredFunction begun = only(waiting(me, mine.job()));
    begin(me, begun);
    Membership other = world.join();
    Registered theirs = job(other, 1).get(0);
    StoredFunction living = only(waiting(other, theirs.job()));
    EndedAttempt ended = new EndedAttempt(begun, DONE, me.now(), me.now());
    AttemptStep step = new AttemptStep(List.of(ended), List.of(living), null);
    assertThatThrownBy(() -> store.advance(step)).isInstanceOf(StoreException.class);
    assertThat(state(theirs)).isEqualTo(FunctionState.DEFERRED);
    assertThat(state(mine)).isEqualTo(FunctionState.RUNNING);
    assertThat(end(me, begun, DONE).lost()).isEmpty();
  }

  @Test
  void orphans_ownerLives_areNone() {
    job(me, 2);
    Membership other = world.join();
    world.pass(Duration.ofDays(1));
    assertThat(other.liveness().look()).isZero();
    assertThat(other.store().endedOwners()).isEmpty();
    assertThat(other.store().waiting().orphans()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void orphans_pageByPage_jobByJobInTheirOrder(Order order) {
    List<Registered> first = job(me, 3);
    List<Registered> second = job(me, 2);
    Membership heir = world.join(settings -> settings.order(order));
    die(me, heir);
    assertThat(heir.store().waiting().orphans()).isTrue();
    assertThat(heir.store().endedOwners()).containsExactly(me.self());
    List<FunctionId> expected = new ArrayList<>();
    expected.addAll(registered(first));
    expected.addAll(registered(second));
    if (order == Order.NEWEST_FIRST) {
      Collections.reverse(expected);
    }
    assertThat(read(heir, 2)).isEqualTo(expected);
    assertThat(read(heir, 3)).isEqualTo(expected);
  }

  private List<FunctionId> read(Membership heir, int limit) {
    List<FunctionId> read = new ArrayList<>();
    Cursor after = null;
    List<Orphan> page;
    do {
      page = heir.store().orphans(me.self(), after, limit);
      for (Orphan orphan : page) {
        read.add(orphan.function().id());
        after = new Cursor(orphan.function().job(), orphan.function().id());
      }
    } while (!page.isEmpty());
    return read;
  }

  @Test
  void orphans_restOfAJobPassedOver_goesOnWithTheNext() {
    List<Registered> first = job(me, 3);
    List<Registered> second = job(me, 3);
    Membership heir = world.join(settings -> settings.order(Order.REGISTRATION));
    die(me, heir);
    List<Orphan> page = heir.store().orphans(me.self(), new Cursor(first.get(0).job(), null), PAGE);
    assertThat(ids(functions(page))).isEqualTo(registered(second));
  }

  /** A store of which a page costs little has none, and reapers keep to the order. */
  @Test
  void places_orphansOfManyJobs_eachIsTheBeginningOfOne() {
    Map<JobId, FunctionId> newest = new HashMap<>();
    for (int i = 0; i < 8; i++) {
      Registered last = job(me, 3).get(2);
      newest.put(last.job(), last.function());
    }
    Membership heir = world.join();
    die(me, heir);
    Supplier<Cursor> places = heir.store().places(me.self());
    if (places != null) {
      Set<JobId> reached = new HashSet<>();
      for (int i = 0; i < 200; i++) {
        for (StoredFunction f : functions(heir.store().orphans(me.self(), places.get(), 1))) {
          assertThat(f.id()).isEqualTo(newest.get(f.job()));
          reached.add(f.job());
        }
      }
      assertThat(reached).hasSizeGreaterThan(3);
    }
    assertThat(heir.store().places(heir.self())).isNull();
  }

  @Test
  void advance_orphans_areClaimedByTheirBegin() {
    List<Registered> functions = job(me, 2);
    Membership heir = world.join();
    die(me, heir);
    List<StoredFunction> left = functions(orphans(heir, me));
    List<StoredFunction> started =
        heir.store().advance(new AttemptStep(List.of(), left, null)).started();
    assertThat(ids(started)).isEqualTo(ids(left));
    assertThat(started).allMatch(f -> f.fence().isClaimed());
    assertThat(functions).extracting(this::state).containsOnly(FunctionState.RUNNING);
    assertThat(end(heir, started.get(0), DONE).lost()).isEmpty();
    assertThat(end(heir, started.get(1), DONE).lost()).isEmpty();
    heir.store().settle(me.self());
    assertThat(heir.store().endedOwners()).isEmpty();
    assertThat(heir.store().waiting().orphans()).isFalse();
  }

  @Test
  void settle_somethingIsLeft_theOwnerIsStillLookedAt() {
    job(me, 1);
    Membership heir = world.join();
    die(me, heir);
    heir.store().settle(me.self());
    assertThat(heir.store().endedOwners()).containsExactly(me.self());
  }

  /** The process was stopped, not dead, or its outcome comes late: the heir's word counts. */
  @Test
  void advance_outcomeOfWhatAnotherHasClaimed_isLostAndTouchesNothing() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    begin(me, read);
    Membership heir = world.join();
    die(me, heir);
    StoredFunction claimed = only(claimWhatWasCutOff(heir));
    assertThat(end(me, read, DONE).lost()).hasSize(1);
    assertThat(state(function)).isEqualTo(FunctionState.RUNNING);
    assertThat(end(heir, claimed, DONE).lost()).isEmpty();
    assertThat(state(function)).isEqualTo(FunctionState.DONE);
  }

  @Test
  void advance_ownerHasBeenEnded_beginsNothingMore() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    Membership heir = world.join();
    die(me, heir);
    assertThat(begin(me, read).started()).isEmpty();
    assertThat(only(begin(heir, only(functions(orphans(heir, me)))).started()).id())
        .isEqualTo(function.function());
  }

  private List<StoredFunction> claimWhatWasCutOff(Membership heir) {
    List<Orphan> cutOff = orphans(heir, me);
    assertThat(cutOff).allMatch(Orphan::cutOff);
    assertThat(heir.store().answerCutOff(functions(cutOff), f -> Duration.ZERO))
        .isEqualTo(cutOff.size());
    List<Orphan> due = orphans(heir, me);
    assertThat(due).noneMatch(Orphan::cutOff);
    return begin(heir, functions(due).toArray(StoredFunction[]::new)).started();
  }

  @Test
  void answerCutOff_theProcessDiedDuringAnAttempt_itCounts() {
    Registered function = job(me, 1).get(0);
    begin(me, only(waiting(me, function.job())));
    Membership heir = world.join();
    die(me, heir);
    Orphan cutOff = orphans(heir, me).get(0);
    assertThat(cutOff.cutOff()).isTrue();
    assertThat(heir.store().answerCutOff(List.of(cutOff.function()), f -> BACKOFF)).isOne();
    assertThat(heir.store().answerCutOff(List.of(cutOff.function()), f -> BACKOFF))
        .as("another process did so")
        .isZero();
    assertThat(orphans(heir, me)).as("not due").isEmpty();
    assertThat(heir.store().nextOrphanDue(me.self())).isEqualTo(heir.now().plus(BACKOFF));
    world.pass(BACKOFF);
    assertThat(only(functions(orphans(heir, me))).attempts()).isOne();
  }

  /** P6: reapers that have read the same rows do not make each other fail. */
  @Test
  void answerCutOff_manyHeirsAtOnce_eachAttemptIsRecordedOnce() throws Exception {
    List<Registered> functions = job(me, 40);
    begin(me, waiting(me, functions.get(0).job()).toArray(StoredFunction[]::new));
    List<Membership> heirs = List.of(world.join(), world.join(), world.join(), world.join());
    die(me, heirs.get(0));
    List<StoredFunction> cutOff = functions(orphans(heirs.get(0), me));
    CyclicBarrier together = new CyclicBarrier(heirs.size());
    ExecutorService threads = Executors.newFixedThreadPool(heirs.size());
    try {
      List<Future<Integer>> answers = new ArrayList<>();
      for (Membership heir : heirs) {
        Callable<Integer> answer =
            () -> {
              together.await();
              return heir.store().answerCutOff(cutOff, f -> BACKOFF);
            };
        answers.add(threads.submit(answer));
      }
      int recorded = 0;
      for (Future<Integer> answer : answers) {
        recorded += answer.get();
      }
      assertThat(recorded).isEqualTo(functions.size());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void answerCutOff_lastAttempt_isQuarantined() {
    Registered function = job(me, 1).get(0);
    Membership owner = me;
    for (int i = 0; i < ATTEMPTS; i++) {
      Membership heir = world.join();
      if (i == 0) {
        begin(owner, only(waiting(owner, function.job())));
      }
      die(owner, heir);
      List<StoredFunction> cutOff = functions(heir.store().orphans(owner.self(), null, PAGE));
      assertThat(heir.store().answerCutOff(cutOff, f -> Duration.ZERO)).isOne();
      List<StoredFunction> due = functions(heir.store().orphans(owner.self(), null, PAGE));
      if (i < ATTEMPTS - 1) {
        assertThat(begin(heir, only(due)).started()).hasSize(1);
        owner = heir;
        store = heir.store();
      } else {
        assertThat(due).isEmpty();
        assertThat(heir.store().state(function.function())).contains(FunctionState.QUARANTINED);
      }
    }
  }

  /** P5: of one job, one process at a time runs orphans. */
  @Test
  void advance_anotherOwnerRunsOrphansOfTheJob_isBusyAndTakesNothing() {
    job(me, 3);
    Membership one = world.join();
    Membership two = world.join();
    die(me, one);
    List<StoredFunction> left = functions(orphans(one, me));
    StoredFunction running = only(begin(one, left.get(0)).started());
    AttemptStep.Result refused = begin(two, left.get(1));
    assertThat(refused.jobBusy()).isTrue();
    assertThat(refused.started()).isEmpty();
    end(one, running, DONE);
    assertThat(begin(two, left.get(1)).started()).hasSize(1);
  }

  /** What this process cannot run must not hold up, by the order, what it can. */
  @Test
  void advance_whatComesFirstCannotBeRunHere_theRestBegins() {
    job(me, 3);
    Membership one = world.join();
    Membership two = world.join();
    die(me, one);
    List<StoredFunction> left = functions(orphans(one, me));
    begin(one, left.get(0), left.get(1));
    die(one, two);
    List<StoredFunction> cutOff = functions(two.store().orphans(one.self(), null, PAGE));
    two.store().answerCutOff(cutOff, f -> Duration.ZERO);
    assertThat(begin(two, left.get(2)).jobBusy()).as("the others come first").isTrue();
    AttemptStep passingOver =
        new AttemptStep(List.of(), List.of(left.get(2)), null, ids(cutOff), false);
    assertThat(two.store().advance(passingOver).started()).hasSize(1);
  }

  @Test
  void postpone_ownFunction_waitsAndUsesUpNoAttempt() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    Moment due = store.postpone(read, "the container runs", BACKOFF);
    assertThat(due).isEqualTo(store.now().plus(BACKOFF));
    assertThat(waiting(me, function.job())).isEmpty();
    world.pass(BACKOFF);
    assertThat(only(waiting(me, function.job())).attempts()).isZero();
    store.cancel(function.function());
  }

  @Test
  void postpone_thatHasBegun_isNot() {
    Registered function = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, function.job()));
    begin(me, read);
    assertThat(store.postpone(read, "too late", BACKOFF)).isNull();
    assertThat(state(function)).isEqualTo(FunctionState.RUNNING);
  }

  /** P9: what this process cannot run goes back to where others find it. */
  @Test
  void advance_claimedButCannotBeRunHere_goesBack() {
    Registered function = job(me, 1).get(0);
    Membership heir = world.join();
    die(me, heir);
    Version before = heir.store().returns();
    StoredFunction claimed = only(begin(heir, only(functions(orphans(heir, me)))).started());
    end(heir, claimed, NOT_HERE);
    assertThat(heir.store().returns()).isNotEqualTo(before);
    Membership other = world.join();
    world.pass(BACKOFF);
    assertThat(other.store().endedOwners()).containsExactly(me.self());
    Orphan back = other.store().orphans(me.self(), null, PAGE).get(0);
    assertThat(back.function().id()).isEqualTo(function.function());
    assertThat(back.reported()).isEqualTo("not here");
    assertThat(begin(other, back.function()).started()).hasSize(1);
  }

  @Test
  void reportUnresolvable_ofARow_isReadWithIt() {
    job(me, 2);
    Membership heir = world.join();
    die(me, heir);
    StoredFunction left = functions(orphans(heir, me)).get(0);
    heir.store().reportUnresolvable(List.of(new Refusal(left.code(), left.id(), "no such class")));
    assertThat(orphans(heir, me))
        .extracting(Orphan::reported)
        .containsExactly("no such class", null);
  }

  @Test
  void version_thereMayBeWork_isAnotherOne() {
    Membership other = world.join();
    Version before = store.version();
    assertThat(store.version()).isEqualTo(before);
    job(other, 1);
    if (world.seesEveryChange()) {
      assertThat(store.version()).as("another owner").isNotEqualTo(before);
    }
    StoredFunction read = only(waiting(me, job(me, 1).get(0).job()));
    begin(me, read);
    Version begun = store.version();
    end(me, read, AGAIN);
    assertThat(store.version()).as("a retry of this one's").isNotEqualTo(begun);
  }

  /** A claim, and what is given back, may be what others wait for, or this owner itself. */
  @Test
  void version_claimsOfThisOwner_areAnotherOne() {
    job(me, 2);
    Membership heir = world.join();
    die(me, heir);
    List<StoredFunction> left = functions(orphans(heir, me));
    Version before = heir.store().version();
    StoredFunction claimed = only(begin(heir, left.get(0)).started());
    Version begun = heir.store().version();
    assertThat(begun).isNotEqualTo(before);
    end(heir, claimed, DONE);
    Version ended = heir.store().version();
    assertThat(ended).isNotEqualTo(begun);
    end(heir, only(begin(heir, left.get(1)).started()), NOT_HERE);
    assertThat(heir.store().version()).isNotEqualTo(ended);
  }

  @Test
  void fatalLooks_ownerDiedWhileItLooked_tellsWhatAt() {
    store.beginLook(List.of("a.B#c()V", "a.B#d()V"));
    Membership heir = world.join();
    assertThat(heir.store().fatalLooks()).as("it lives").isEmpty();
    die(me, heir);
    assertThat(heir.store().fatalLooks()).containsExactlyInAnyOrder("a.B#c()V", "a.B#d()V");
  }

  @Test
  void endLook_ownerDiesLater_itWasNotTheLook() {
    store.beginLook(List.of("a.B#c()V"));
    store.endLook();
    Membership heir = world.join();
    die(me, heir);
    assertThat(heir.store().fatalLooks()).isEmpty();
  }

  /** P4, P6: many reapers share a dead owner's functions; each runs once, and none is left. */
  @Test
  void advance_manyHeirsAtOnce_eachFunctionBeginsOnce() throws Exception {
    List<Registered> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.addAll(job(me, 10));
    }
    List<Membership> heirs = List.of(world.join(), world.join(), world.join(), world.join());
    die(me, heirs.get(0));
    ExecutorService threads = Executors.newFixedThreadPool(heirs.size());
    try {
      List<Future<List<FunctionId>>> runs = new ArrayList<>();
      for (Membership heir : heirs) {
        Callable<List<FunctionId>> inherit = () -> inherit(heir, me);
        runs.add(threads.submit(inherit));
      }
      List<FunctionId> run = new ArrayList<>();
      for (Future<List<FunctionId>> one : runs) {
        run.addAll(one.get());
      }
      assertThat(run).containsExactlyInAnyOrderElementsOf(registered(all));
    } finally {
      threads.shutdownNow();
    }
  }

  /** Runs all that an owner has left and that no other heir takes first, one by one. */
  private static List<FunctionId> inherit(Membership heir, Membership dead) {
    List<FunctionId> run = new ArrayList<>();
    while (!heir.store().endedOwners().isEmpty()) {
      for (Orphan orphan : orphans(heir, dead)) {
        for (StoredFunction started : begin(heir, orphan.function()).started()) {
          run.add(started.id());
          assertThat(end(heir, started, DONE).lost()).isEmpty();
        }
      }
      heir.store().settle(dead.self());
    }
    return run;
  }

  @Test
  void prune_whatFinishedLongAgo_goes_andWhatIsUnfinishedStays() {
    Registered done = job(me, 1).get(0);
    StoredFunction read = only(waiting(me, done.job()));
    begin(me, read);
    end(me, read, DONE);
    Registered waits = job(me, 1).get(0);
    world.pass(Duration.ofDays(1));
    assertThat(me.upkeep().prune(Duration.ofDays(2), 100).hasMore()).isFalse();
    Upkeep.PruningSteps pruning = me.upkeep().prune(Duration.ofHours(1), 100);
    assertThat(pruning.hasMore()).isTrue();
    assertThat(pruning.next()).isOne();
    assertThat(pruning.hasMore()).isFalse();
    assertThat(store.state(done.function())).isEmpty();
    assertThat(state(waits)).isEqualTo(FunctionState.DEFERRED);
  }

  @Test
  void prune_moreThanAreKept_theOldestGo() {
    for (Registered one : job(me, 4)) {
      store.cancel(one.function());
    }
    Upkeep.PruningSteps pruning = me.upkeep().prune(Duration.ofDays(365), 3);
    assertThat(pruning.next()).isOne();
    assertThat(pruning.hasMore()).isFalse();
  }

  @Test
  void close_thenAnything_isRefused() {
    Registered function = job(me, 1).get(0);
    store.close();
    store.close();
    assertThatThrownBy(() -> job(me, 1)).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.cancel(function.function())).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> waiting(me, function.job())).isInstanceOf(StoreException.class);
    Membership heir = world.join();
    die(me, heir);
    assertThat(only(functions(orphans(heir, me))).id()).isEqualTo(function.function());
  }

  @Test
  void now_timeGoesBy_isLater() {
    Moment before = store.now();
    world.pass(BACKOFF);
    assertThat(before.millisUntil(store.now())).isGreaterThanOrEqualTo(BACKOFF.toMillis());
    @Nullable Moment none = store.nextDue(before);
    assertThat(none).isNull();
  }
}
