package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.spi.CalledCode;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.UnresolvableFunctionException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process could run a row, found out without running it: its code is looked up, its
 * arguments are decoded, and its precondition is asked. What of that is the user's code is limited
 * like a function, and in the same kind of thread; the rest is done in the calling thread.
 * Thread-safe.
 */
final class Look {
  private static final Answer YES = new Answer(null, true);

  private final Codec codec;
  private final TimeLimit limit;

  Look(Codec codec, TimeLimit limit) {
    this.codec = codec;
    this.limit = limit;
  }

  /**
   * What a look has found.
   *
   * @param refusal why the row cannot be run here and now, on one line; null if it can
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

  /** What to find out of code that was found; may throw what the codec and preconditions throw. */
  private interface Question {
    Answer ask(Codec.ResolvedFunction found, Progress<Answer> progress);
  }

  /** Why code cannot be called here; null if it can. */
  @Nullable String refusal(CalledCode code) {
    if (known(code) != null) {
      return null;
    }
    return ask("code-" + code.function(), code, true, (found, progress) -> YES).refusal();
  }

  /** Why a function of this owner cannot begin; what its arguments tell, its attempt finds out. */
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
            return YES; // so the attempt will say
          }
        };
    boolean users = known == null || known.hasPrecondition();
    return ask(Invoker.key(f.id()), code, users, question).refusal();
  }

  /** Whether this process could run an orphan. */
  Answer at(StoredFunction call) {
    CalledCode code = call.code();
    Codec.ResolvedFunction known = known(code);
    Question question =
        (found, progress) -> {
          progress.enter(Phase.BINDING, Answer::hung);
          Codec.requireSpelled(call.arguments());
          try {
            Codec.Invocation bound = found.bind(call.arguments());
            if (call.checksum() != null) { // else another program wrote it, in a style of its own
              bound.requireUnchanged();
            }
            return precondition(bound, progress);
          } catch (ArgumentsException e) {
            // A damaged row is the same in every process: it is claimed, and quarantined.
            return call.isDamaged() ? YES : described(progress, e);
          }
        };
    boolean users = known == null || known.bindsWithUsersCode() || known.hasPrecondition();
    return ask(Invoker.key(call.id()), code, users, question);
  }

  /** Whether a look at such a row may do anything, as the user's code may. */
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
    TimeLimit.Work<Answer> work = progress -> answer(code, question, progress);
    return users ? limit.call(key, Answer::hung, work) : limit.callHere(Answer::hung, work);
  }

  private Answer answer(CalledCode code, Question question, Progress<Answer> progress) {
    try {
      return question.ask(
          codec.resolve(code.function(), code.classDigest(), code.name()), progress);
    } catch (UnresolvableFunctionException | IllegalArgumentException e) {
      return described(progress, e);
    } catch (VirtualMachineError e) { // a process with more memory, say, may tell
      return failed(progress, e);
    }
  }

  /**
   * Asks the precondition. An exception is its answer, which the attempt will hear, too, because it
   * is so in every process. An error says something of this process: it cannot tell.
   */
  private static Answer precondition(Codec.Invocation call, Progress<Answer> progress) {
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

  private static Answer described(Progress<Answer> progress, RuntimeException e) {
    String type = e.getClass().getName();
    progress.enter(Phase.DESCRIBING_FAILURE, why -> Answer.hung(type + ": " + why));
    return Answer.refused(Bounded.line(e));
  }

  private static Answer failed(Progress<Answer> progress, Error e) {
    String what =
        String.format(Locale.ROOT, "this process cannot tell, because %s", progress.phase());
    String type = e.getClass().getName();
    progress.enter(
        Phase.DESCRIBING_FAILURE, why -> Answer.hung(what + " failed: " + type + ": " + why));
    return Answer.refused(what + " failed: " + type + ": " + Bounded.line(e));
  }
}
