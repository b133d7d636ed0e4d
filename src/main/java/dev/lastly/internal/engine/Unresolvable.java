package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.store.CalledCode;
import dev.lastly.internal.store.OrphanedCall;
import dev.lastly.internal.store.Refusal;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.StoredFunction;
import dev.lastly.model.UnresolvableFunctionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process cannot run as it was registered: code that it has not, or has in another
 * version; arguments that it cannot decode, or that its locale cannot spell; functions whose
 * precondition, or which themselves, say "not in this process". Such rows stay where they are, with
 * the reason in {@code unresolvable_function}, until a process looks that can. Thread-safe.
 */
final class Unresolvable {
  private static final Logger log = LoggerFactory.getLogger(Unresolvable.class);

  /** So many arguments are read at a time. */
  private static final int PAGE = 64;

  /** Most things that are remembered: rows must not be able to fill the memory. */
  private static final int MAX_REMEMBERED = 10_000;

  /** After so many, the wait is as long as it gets. */
  private static final int MANY_TIMES = 1_000;

  private final Membership me;
  private final Codec codec;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  /** One look at a time is written down for this owner. */
  private final Object looks = new Object();

  /** Functions that were claimed and given back, and until when this process leaves them. */
  private final Map<Long, Long> leftUntil = new ConcurrentHashMap<>();

  /** How often each function has been postponed here. */
  private final Map<Long, Integer> postponed = new ConcurrentHashMap<>();

  Unresolvable(Membership me, Codec codec) {
    this.me = me;
    this.codec = codec;
  }

  /** Which of this code cannot be called here. */
  List<CalledCode> among(List<CalledCode> code) {
    List<CalledCode> unresolvable = new ArrayList<>();
    List<Refusal> news = new ArrayList<>();
    for (CalledCode one : code) {
      try {
        codec.resolve(one.function(), one.classDigest(), one.name());
      } catch (UnresolvableFunctionException | IllegalArgumentException e) {
        unresolvable.add(one);
        String reason = Bounded.line(e);
        if (isNews("code " + one.function() + " " + one.classDigest() + " " + reason)) {
          log.warn("orphans that call {} are left for another process: {}", one.function(), reason);
          news.add(new Refusal(one, 0, reason));
        }
      }
    }
    report(news);
    return unresolvable;
  }

  /**
   * Which orphans cannot be run here although their code can.
   *
   * @param code all that they call
   * @param without code that cannot
   */
  Rows rows(
      long ownerId, long firstJob, long lastJob, List<CalledCode> code, List<CalledCode> without) {
    List<String> risky =
        code.stream()
            .filter(one -> !without.contains(one) && bindsWithUsersCode(one))
            .map(CalledCode::function)
            .toList();
    if (risky.isEmpty()) {
      return look(ownerId, firstJob, lastJob, without, Set.of());
    }
    synchronized (looks) {
      Set<String> fatal = new HashSet<>(me.store().fatalLooks());
      fatal.retainAll(risky);
      me.store().beginLook(me.ownerId(), risky);
      Rows rows = look(ownerId, firstJob, lastJob, without, fatal);
      me.store().endLook(me.ownerId());
      return rows;
    }
  }

  private boolean bindsWithUsersCode(CalledCode code) {
    try {
      return codec.resolve(code.function(), code.classDigest(), code.name()).bindsWithUsersCode();
    } catch (UnresolvableFunctionException | IllegalArgumentException e) {
      return false; // it has gone since, so it binds nothing
    }
  }

  private Rows look(
      long ownerId, long firstJob, long lastJob, List<CalledCode> without, Set<String> fatal) {
    List<Long> refused = new ArrayList<>();
    long seen = 0;
    OrphanedCall after = null;
    List<OrphanedCall> page;
    do {
      page = me.store().orphanedCalls(ownerId, firstJob, lastJob, without, after, PAGE);
      List<Refusal> news = new ArrayList<>();
      for (OrphanedCall call : page) {
        String reason = fatal.contains(call.code().function()) ? null : refusal(call);
        if (reason != null) {
          refused.add(call.id());
          if (isUnsaid(call, reason)) {
            news.add(new Refusal(call.code(), call.id(), reason));
          }
        }
        after = call;
      }
      report(news);
      seen += page.size();
    } while (page.size() == PAGE);
    return new Rows(refused, seen, fatal);
  }

  /**
   * What {@link #rows} has found.
   *
   * @param refused the ids of those that cannot be run here
   * @param seen how many were looked at
   * @param fatal functions at which a look has killed a process: their attempts tell
   */
  record Rows(List<Long> refused, long seen, Set<String> fatal) {
    boolean isAnyToClaim() {
      return refused.size() < seen;
    }
  }

  /** Why a function of this owner cannot begin here and now; null if it can. */
  @Nullable String refusal(StoredFunction f) {
    try {
      Codec.ResolvedFunction found = codec.resolve(f.function(), f.classDigest(), f.name());
      if (found.hasPrecondition()) {
        ask(found.bind(f.arguments()));
      }
      return null;
    } catch (UnresolvableFunctionException | IllegalArgumentException e) {
      return Bounded.line(e);
    } catch (ArgumentsException e) {
      return null; // its attempt finds that out
    }
  }

  /** How long to wait before this process tries a function again that it could not run. */
  Duration backoff(long functionId) {
    int times =
        postponed.size() < MAX_REMEMBERED || postponed.containsKey(functionId)
            ? postponed.merge(functionId, 1, Integer::sum)
            : MANY_TIMES;
    return me.settings().retry().backoffAfter(times);
  }

  /** A claimed function could not be run, and was given back: others may claim it meanwhile. */
  void leave(long functionId, Duration time) {
    leftUntil.values().removeIf(until -> until - System.nanoTime() <= 0);
    if (leftUntil.size() < MAX_REMEMBERED) {
      leftUntil.put(functionId, System.nanoTime() + time.toNanos());
    }
  }

  private @Nullable String refusal(OrphanedCall call) {
    Long until = leftUntil.get(call.id());
    if (until != null && until - System.nanoTime() > 0) {
      String reported = call.reported();
      return reported == null ? "it has refused this process while it ran" : reported;
    }
    CalledCode code = call.code();
    try {
      Codec.requireSpelled(call.arguments());
      Codec.Invocation bound =
          codec.resolve(code.function(), code.classDigest(), code.name()).bind(call.arguments());
      if (call.checksum() != null) { // else another program wrote it, in a style of its own
        bound.requireUnchanged();
      }
      ask(bound);
      return null;
    } catch (UnresolvableFunctionException | IllegalArgumentException e) {
      return Bounded.line(e);
    } catch (ArgumentsException e) {
      // A damaged row is the same in every process: it is claimed, and quarantined.
      return call.isDamaged() ? null : Bounded.line(e);
    } catch (OutOfMemoryError e) { // a process with more memory may read it
      return "this process has too little memory to read its arguments: " + Bounded.line(e);
    }
  }

  /** What else a precondition throws, the attempt will say: it is so in every process. */
  private static void ask(Codec.Invocation call) {
    try {
      call.requirePossible();
    } catch (UnresolvableFunctionException e) {
      throw e;
    } catch (Throwable e) { // a user's precondition may throw anything
      log.debug("a precondition failed", e);
    }
  }

  /** Whether the row's reason is not in the database yet, as far as this process may say it. */
  private boolean isUnsaid(OrphanedCall call, String reason) {
    CalledCode code = call.code();
    if (isNews("rows " + code.function() + " " + code.classDigest())) {
      log.warn(
          "function {} ({}), and perhaps others that call the same, are left for another process:"
              + " {}",
          call.id(),
          code.name(),
          reason);
    }
    String said = call.reported();
    return said == null || (!said.equals(reason) && isNews("row " + call.id() + " " + reason));
  }

  private void report(List<Refusal> news) {
    if (!news.isEmpty()) {
      me.store().reportUnresolvable(news, me.ownerId(), me.now());
    }
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REMEMBERED && reported.add(what);
  }
}
