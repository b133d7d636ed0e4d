package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.store.CalledCode;
import dev.lastly.internal.store.Orphan;
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

  /**
   * Which orphans cannot be run here, by their ids. Before a claim: what this process cannot run it
   * must not take from one that can.
   */
  Set<Long> look(List<Orphan> orphans) {
    List<String> risky =
        orphans.stream()
            .map(Orphan::function)
            .filter(this::bindsWithUsersCode)
            .map(StoredFunction::function)
            .distinct()
            .toList();
    if (risky.isEmpty()) {
      return refused(orphans, Set.of());
    }
    synchronized (looks) {
      Set<String> fatal = new HashSet<>(me.store().fatalLooks());
      fatal.retainAll(risky);
      me.store().beginLook(me.ownerId(), risky);
      Set<Long> refused = refused(orphans, fatal);
      me.store().endLook(me.ownerId());
      return refused;
    }
  }

  private boolean bindsWithUsersCode(StoredFunction f) {
    try {
      return codec.resolve(f.function(), f.classDigest(), f.name()).bindsWithUsersCode();
    } catch (UnresolvableFunctionException | IllegalArgumentException e) {
      return false; // it cannot be called, so it binds nothing
    }
  }

  private Set<Long> refused(List<Orphan> orphans, Set<String> fatal) {
    Set<Long> refused = new HashSet<>();
    List<Refusal> news = new ArrayList<>();
    for (Orphan orphan : orphans) {
      StoredFunction f = orphan.function();
      if (orphan.cutOff()) {
        continue;
      }
      String absent = whyAbsent(f, news);
      if (absent != null) {
        refused.add(f.id());
        continue;
      }
      // What a look has killed a process with is claimed without one: then the attempt is counted.
      String reason = fatal.contains(f.function()) ? null : refusal(orphan);
      if (reason != null) {
        refused.add(f.id());
        if (isUnsaid(orphan, reason)) {
          news.add(new Refusal(code(f), f.id(), reason));
        }
      }
    }
    report(news);
    return refused;
  }

  /** Why the code of a function cannot be called here; null if it can. */
  private @Nullable String whyAbsent(StoredFunction f, List<Refusal> news) {
    try {
      codec.resolve(f.function(), f.classDigest(), f.name());
      return null;
    } catch (UnresolvableFunctionException | IllegalArgumentException e) {
      String reason = Bounded.line(e);
      if (isNews("code " + f.function() + " " + f.classDigest() + " " + reason)) {
        log.warn("orphans that call {} are left for another process: {}", f.function(), reason);
        news.add(new Refusal(code(f), 0, reason));
      }
      return reason;
    }
  }

  private static CalledCode code(StoredFunction f) {
    return new CalledCode(f.function(), f.classDigest(), f.name());
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

  private @Nullable String refusal(Orphan orphan) {
    StoredFunction f = orphan.function();
    Long until = leftUntil.get(f.id());
    if (until != null && until - System.nanoTime() > 0) {
      String reported = orphan.reported();
      return reported == null ? "it has refused this process while it ran" : reported;
    }
    try {
      Codec.requireSpelled(f.arguments());
      Codec.Invocation bound =
          codec.resolve(f.function(), f.classDigest(), f.name()).bind(f.arguments());
      if (f.checksum() != null) { // else another program wrote it, in a style of its own
        bound.requireUnchanged();
      }
      ask(bound);
      return null;
    } catch (UnresolvableFunctionException | IllegalArgumentException e) {
      return Bounded.line(e);
    } catch (ArgumentsException e) {
      // A damaged row is the same in every process: it is claimed, and quarantined.
      return f.isDamaged() ? null : Bounded.line(e);
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
  private boolean isUnsaid(Orphan orphan, String reason) {
    StoredFunction f = orphan.function();
    if (isNews("rows " + f.function() + " " + f.classDigest())) {
      log.warn(
          "function {} ({}), and perhaps others that call the same, are left for another process:"
              + " {}",
          f.id(),
          f.name(),
          reason);
    }
    String said = orphan.reported();
    return said == null || (!said.equals(reason) && isNews("row " + f.id() + " " + reason));
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
