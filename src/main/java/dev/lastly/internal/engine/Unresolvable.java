package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.spi.CalledCode;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Orphan;
import dev.lastly.internal.spi.Refusal;
import dev.lastly.internal.spi.StoredFunction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What this process cannot run as it was registered: code that it has not, or has in another
 * version; arguments that it cannot decode, or that its locale cannot spell; functions whose
 * precondition, or which themselves, say "not in this process". Such rows stay where they are, with
 * the reason in {@code unresolvable_function}, until a process looks that can. Thread-safe.
 */
final class Unresolvable {
  private static final Log log = Log.of(Unresolvable.class);

  /** Most things that are remembered: rows must not be able to fill the memory. */
  private static final int MAX_REMEMBERED = 10_000;

  /** After so many, the wait is as long as it gets. */
  private static final int MANY_TIMES = 1_000;

  private final Membership me;
  private final Look look;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  /** One look at a time is written down for this owner. */
  private final Object looks = new Object();

  /**
   * Functions that were claimed and given back, or at which a look hung, and until when this
   * process leaves them.
   */
  private final Map<FunctionId, Long> leftUntil = new ConcurrentHashMap<>();

  /** How often each function has been postponed here. */
  private final Map<FunctionId, Integer> postponed = new ConcurrentHashMap<>();

  Unresolvable(Membership me, Codec codec, TimeLimit limit) {
    this.me = me;
    this.look = new Look(codec, limit);
  }

  /**
   * Which orphans cannot be run here, by their ids. Before a claim: what this process cannot run it
   * must not take from one that can.
   */
  Set<FunctionId> look(List<Orphan> orphans) {
    List<String> risky =
        orphans.stream()
            .map(Orphan::function)
            .filter(f -> look.bindsWithUsersCode(f.code()))
            .map(StoredFunction::function)
            .distinct()
            .toList();
    if (risky.isEmpty()) {
      return refused(orphans, Set.of());
    }
    synchronized (looks) {
      Set<String> fatal = new HashSet<>(me.store().fatalLooks());
      fatal.retainAll(risky);
      me.store().beginLook(risky);
      Set<FunctionId> refused = refused(orphans, fatal);
      me.store().endLook();
      return refused;
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
      // What a look has killed a process with is claimed without one: then the attempt is counted.
      String reason = fatal.contains(f.function()) ? null : refusal(orphan);
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

  /** Why code cannot be called here; empty if it can. */
  private Optional<String> whyAbsent(CalledCode code, List<Refusal> news) {
    String reason = look.refusal(code);
    if (reason != null
        && isNews("code " + code.function() + " " + code.classDigest() + " " + reason)) {
      log.warn("orphans that call {} are left for another process: {}", code.function(), reason);
      news.add(new Refusal(code, null, reason));
    }
    return Optional.ofNullable(reason);
  }

  /** Why a function of this owner cannot begin here and now; null if it can. */
  @Nullable String refusal(StoredFunction f) {
    return look.refusal(f);
  }

  /** How long to wait before this process tries a function again that it could not run. */
  Duration backoff(FunctionId function) {
    int times =
        postponed.size() < MAX_REMEMBERED || postponed.containsKey(function)
            ? postponed.merge(function, 1, Integer::sum)
            : MANY_TIMES;
    return me.settings().retry().backoffAfter(times);
  }

  /** A function could not be run here, or the look at it hung: others may claim it meanwhile. */
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
      return reported == null ? "it has refused this process while it ran" : reported;
    }
    Look.Answer answer = look.at(f);
    if (!answer.inTime()) {
      leave(f.id(), backoff(f.id())); // each look that hangs may leave a thread behind
    }
    return answer.refusal();
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
      me.store().reportUnresolvable(news);
    }
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REMEMBERED && reported.add(what);
  }
}
