package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.codec.OptionsText;
import dev.lastly.internal.engine.TimeLimit.CallProgress;
import dev.lastly.internal.engine.TimeLimit.Phase;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.FunctionStore.Refusal;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.internal.text.LookedUpSecrets;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.StoreException;
import dev.lastly.model.UnresolvableFunctionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which functions this process cannot run as they were registered: it lacks the code or has
 * another version of it, it cannot decode an argument, its locale cannot spell a path, or the
 * function or its precondition says "not in this process". Such rows keep their owner, and {@code
 * unresolvable_function} has the reason, until a process that can run them reaps them. Thread-safe.
 */
final class Unresolvable {
  private static final Log log = Log.of(Unresolvable.class);

  /** The limit on each memory of this class, so that rows cannot fill the memory. */
  private static final int MAX_REMEMBERED = 10_000;

  /** After this many postponements the backoff has its maximum. */
  private static final int MANY_TIMES = 1_000;

  private final Membership me;
  private final Look look;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  /** What could not be reported yet; guarded by itself. */
  private final List<Refusal> unsaid = new ArrayList<>();

  /** The store records one look at a time for this owner. */
  private final Object looks = new Object();

  /**
   * Functions that this process gave back after a claim, or whose look hung, and until when this
   * process skips them.
   */
  private final Map<FunctionId, Long> leftUntil = new ConcurrentHashMap<>();

  /** How often each function has been postponed here. */
  private final Map<FunctionId, Integer> postponed = new ConcurrentHashMap<>();

  Unresolvable(Membership me, Codec codec, TimeLimit limit) {
    this.me = me;
    this.look = new Look(codec, limit);
  }

  /**
   * The ids of those orphans that this process cannot run. Asked before a claim, because this
   * process must not take an orphan from a process that can run it.
   */
  Set<FunctionId> look(List<Orphan> orphans) {
    List<String> risky =
        orphans.stream()
            .map(Orphan::function)
            .filter(f -> look.bindsWithUsersCode(f.code()))
            .map(f -> f.code().function())
            .distinct()
            .toList();
    if (risky.isEmpty()) {
      return refused(orphans, Set.of());
    }
    synchronized (looks) {
      Set<String> fatal = new HashSet<>(me.store().fatalLooks());
      fatal.retainAll(risky);
      writeIfPossible(() -> me.store().beginLook(risky));
      Set<FunctionId> refused = refused(orphans, fatal);
      writeIfPossible(me.store()::endLook);
      return refused;
    }
  }

  /** Writes what helps other processes, and what this one can do without. */
  private static boolean writeIfPossible(Runnable work) {
    try {
      work.run();
      return true;
    } catch (StoreException e) {
      if (!e.isWriteFailure()) {
        throw e;
      }
      log.debug(
          "the store cannot be written, and this process looks at orphans without a record", e);
      return false;
    }
  }

  private Set<FunctionId> refused(List<Orphan> orphans, Set<String> fatal) {
    Set<FunctionId> refused = new HashSet<>();
    List<Refusal> news = new ArrayList<>();
    Map<CalledCode, Optional<String>> absences = new HashMap<>();
    for (Orphan orphan : orphans) {
      StoredFunction f = orphan.function();
      if (orphan.cutOff()) {
        continue;
      }
      if (absences.computeIfAbsent(f.code(), code -> whyAbsent(code, news)).isPresent()) {
        refused.add(f.id());
        continue;
      }
      // A look at this function has killed a process before. Claim it without a look, so that its
      // attempts are counted.
      String reason = fatal.contains(f.code().function()) ? null : refusal(orphan);
      if (reason != null) {
        refused.add(f.id());
        if (isUnsaid(orphan, reason)) {
          news.add(new Refusal(f.code(), f.id(), reason));
        }
      }
    }
    report(news);
    return refused;
  }

  /** Why this process cannot call the code; empty if it can. */
  private Optional<String> whyAbsent(CalledCode code, List<Refusal> news) {
    String reason = look.refusal(code);
    if (reason != null
        && isNews("code " + code.function() + " " + code.classDigest() + " " + reason)) {
      log.warn(
          "this process cannot run orphans that call {} and leaves them to another process: {}",
          code.function(),
          reason);
      news.add(new Refusal(code, null, reason));
    }
    return Optional.ofNullable(reason);
  }

  /** Why a function of this owner cannot begin now; null if it can. */
  @Nullable String refusal(StoredFunction f) {
    return look.refusal(f);
  }

  /** How long this process waits before it tries again a function that it could not run. */
  Duration backoff(FunctionId function) {
    int times =
        postponed.size() < MAX_REMEMBERED || postponed.containsKey(function)
            ? postponed.merge(function, 1, Integer::sum)
            : MANY_TIMES;
    return me.settings().retry().backoffAfter(times);
  }

  /**
   * Skips a function for a while because this process could not run it or the look at it hung.
   * Other processes may claim it during that time.
   */
  void leave(FunctionId function, Duration time) {
    leftUntil.values().removeIf(until -> until - System.nanoTime() <= 0);
    if (leftUntil.size() < MAX_REMEMBERED) {
      leftUntil.put(function, System.nanoTime() + time.toNanos());
    }
  }

  private @Nullable String refusal(Orphan orphan) {
    StoredFunction f = orphan.function();
    Long until = leftUntil.get(f.id());
    if (until != null && until - System.nanoTime() > 0) {
      String reported = orphan.reported();
      return reported == null ? "it refused to run in this process" : reported;
    }
    Look.Answer answer = look.at(f);
    if (!answer.inTime()) {
      leave(
          f.id(),
          backoff(f.id())); // a look that hangs may leave a thread behind, so it must not be
      // repeated at once
    }
    return answer.refusal();
  }

  /** Whether this process should write its reason: the database does not have it yet. */
  private boolean isUnsaid(Orphan orphan, String reason) {
    StoredFunction f = orphan.function();
    if (isNews("rows " + f.code().function() + " " + f.code().classDigest())) {
      log.warn(
          "this process cannot run function {} ({}), and perhaps others that call the same code,"
              + " and leaves them to another process: {}",
          f.id(),
          f.name(),
          reason);
    }
    String said = orphan.reported();
    return said == null || (!said.equals(reason) && isNews("row " + f.id() + " " + reason));
  }

  private void report(List<Refusal> news) {
    synchronized (unsaid) {
      unsaid.addAll(news);
      if (!unsaid.isEmpty()
          && (writeIfPossible(() -> me.store().reportUnresolvable(List.copyOf(unsaid)))
              || unsaid.size() > MAX_REMEMBERED)) {
        unsaid.clear();
      }
    }
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REMEMBERED && reported.add(Bounded.line(what));
  }

  /**
   * Finds out whether this process could run a row, without running it: resolves its code, decodes
   * its arguments and asks its precondition. The user's code among that runs under a time limit, as
   * a function does; the rest runs in the calling thread. Thread-safe.
   */
  private static final class Look {
    private static final Answer YES = new Answer(null, true);

    private final Codec codec;
    private final TimeLimit limit;

    Look(Codec codec, TimeLimit limit) {
      this.codec = codec;
      this.limit = limit;
    }

    /**
     * The result of a look.
     *
     * @param refusal why this process cannot run the row now, on one line; null if it can
     * @param inTime whether the look ended within the time limit
     */
    record Answer(@Nullable String refusal, boolean inTime) {
      static Answer refused(String why) {
        return new Answer(Bounded.line(why), true);
      }

      static Answer hung(String why) {
        return new Answer(Bounded.line(why.lines().findFirst().orElse(why)), false);
      }
    }

    /** What to ask of resolved code; may throw whatever the codec and preconditions throw. */
    private interface Question {
      Answer ask(Codec.ResolvedFunction found, CallProgress<Answer> progress);
    }

    /** Why this process cannot call the code; null if it can. */
    @Nullable String refusal(CalledCode code) {
      if (known(code) != null) {
        return null;
      }
      return ask("code-" + code.function(), code, true, (found, progress) -> YES).refusal();
    }

    /**
     * Why a function of this owner cannot begin. Checks the code only: the attempt decodes the
     * arguments.
     */
    @Nullable String refusal(StoredFunction f) {
      CalledCode code = f.code();
      Codec.ResolvedFunction known = known(code);
      Question question =
          (found, progress) -> {
            if (!found.hasPrecondition()) {
              return YES;
            }
            try {
              progress.enter(Phase.BINDING, Answer::hung);
              return precondition(found.bind(f.arguments()), progress);
            } catch (ArgumentsException e) {
              return YES; // the attempt will report it
            }
          };
      boolean users = known == null || known.hasPrecondition();
      return ask(Invoker.key(f.id()), code, users, question).refusal();
    }

    /** Whether this process could run an orphan. */
    Answer at(StoredFunction call) {
      CalledCode code = call.code();
      try {
        FunctionOptions unused = OptionsText.read(call.options());
      } catch (UnresolvableFunctionException e) { // unless the row is damaged, as below
        return call.isDamaged() ? YES : Answer.refused(Bounded.line(e));
      }
      Codec.ResolvedFunction known = known(code);
      Question question =
          (found, progress) -> {
            progress.enter(Phase.BINDING, Answer::hung);
            Codec.requireSpelled(call.arguments());
            try {
              Codec.Invocation bound = found.bind(call.arguments());
              if (call.checksum()
                  != null) { // without a checksum, another program wrote the row, in a JSON style
                // of its own
                bound.requireUnchanged();
              }
              return precondition(bound, progress);
            } catch (ArgumentsException e) {
              // A damaged row is damaged in every process: claim it, and its attempt quarantines
              // it.
              return call.isDamaged() ? YES : described(progress, e);
            }
          };
      boolean users = known == null || known.bindsWithUsersCode() || known.hasPrecondition();
      return ask(Invoker.key(call.id()), code, users, question);
    }

    /** Whether decoding the arguments of such a row runs the user's code. */
    boolean bindsWithUsersCode(CalledCode code) {
      Codec.ResolvedFunction known = known(code);
      return known == null || known.bindsWithUsersCode();
    }

    private Codec.@Nullable ResolvedFunction known(CalledCode code) {
      return codec.known(code.function(), code.classDigest(), code.name());
    }

    private Answer ask(String key, CalledCode code, boolean users, Question question) {
      String hanging = limit.stillHanging(key);
      if (hanging != null) {
        return Answer.hung(hanging);
      }
      TimeLimit.Work<Answer> work =
          progress -> LookedUpSecrets.during(() -> answer(code, question, progress));
      return users ? limit.call(key, Answer::hung, work) : limit.callHere(Answer::hung, work);
    }

    private Answer answer(CalledCode code, Question question, CallProgress<Answer> progress) {
      try {
        return question.ask(
            codec.resolve(code.function(), code.classDigest(), code.name()), progress);
      } catch (UnresolvableFunctionException | IllegalArgumentException e) {
        return described(progress, e);
      } catch (VirtualMachineError e) { // a process with more memory, for example, can tell
        return failed(progress, e);
      }
    }

    /**
     * Asks the precondition. An exception is its answer: it would be the same in every process, so
     * the attempt will report it. An error concerns this process only: it cannot tell.
     */
    private static Answer precondition(Codec.Invocation call, CallProgress<Answer> progress) {
      progress.enter(Phase.ASKING, Answer::hung);
      try {
        call.requirePossible();
        return YES;
      } catch (UnresolvableFunctionException e) {
        throw e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return YES;
      } catch (Error e) {
        return failed(progress, e);
      } catch (Throwable e) { // a user's precondition may throw anything
        return YES;
      }
    }

    private static Answer described(CallProgress<Answer> progress, RuntimeException e) {
      String type = e.getClass().getName();
      progress.enter(Phase.DESCRIBING_FAILURE, why -> Answer.hung(type + ": " + why));
      return Answer.refused(Bounded.line(e));
    }

    private static Answer failed(CallProgress<Answer> progress, Error e) {
      String what =
          String.format(Locale.ROOT, "this process cannot tell, because %s", progress.phase());
      String type = e.getClass().getName();
      progress.enter(
          Phase.DESCRIBING_FAILURE, why -> Answer.hung(what + " failed: " + type + ": " + why));
      return Answer.refused(what + " failed: " + type + ": " + Bounded.line(e));
    }
  }
}
