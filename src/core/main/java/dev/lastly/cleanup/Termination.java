package dev.lastly.cleanup;

import dev.lastly.internal.proc.ProcStat;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Ends processes that belong together, for {@link Processes}. For one thread and one use. */
final class Termination {
  private static final Duration KILL_WAIT = Duration.ofSeconds(10);
  private static final long FIRST_PAUSE_MILLIS = 2;
  private static final long LONGEST_PAUSE_MILLIS = 50;

  /** By pid, parents first: if its child ended first, a shell would continue its script. */
  private final Map<Long, ProcStat> members = new LinkedHashMap<>();

  private final Set<Long> refused = new HashSet<>();
  private final Kin kin;
  private final Proof proof;

  private Termination(Kin kin, Proof proof) {
    this.kin = kin;
    this.proof = proof;
  }

  /** Finds further members. */
  @FunctionalInterface
  private interface Kin {
    void join(Map<Long, ProcStat> members, Map<Long, ProcStat> all);
  }

  /** Checks, when no member is visible, that the members have really ended. */
  @FunctionalInterface
  private interface Proof {
    void require() throws IOException;
  }

  /** Ends a process and its descendants. */
  static Termination ofTree(ProcessId root) {
    Termination termination =
        new Termination(
            Termination::joinDescendants,
            () -> {
              // look() checks each member that vanishes
            });
    // Only its pid and start count; the first look checks whether it exists.
    termination.members.put(
        root.pid(), new ProcStat(root.pid(), 'R', 0, 0, 0, 1, root.startTicks()));
    return termination;
  }

  /** Ends all processes of a session, even if its leader has ended. */
  static Termination ofSession(ProcessId leader) {
    return new Termination(
        (members, all) -> joinSession(leader, members, all), () -> requireEmpty(leader));
  }

  /** Whether no process of a session is visible. */
  static boolean isEmptySession(ProcessId leader) throws IOException {
    Map<Long, ProcStat> members = new HashMap<>();
    joinSession(leader, members, ProcEntries.all());
    return members.isEmpty();
  }

  /**
   * Throws if {@code /proc} hides a process in the leader's own process group. A hidden member of
   * another user that has moved into another process group stays undetected.
   */
  private static void requireEmpty(ProcessId leader) throws IOException {
    if (!Absence.ofGroup(leader.pid())) {
      throw new UnresolvableFunctionException(
          "a process of process group "
              + leader.pid()
              + " exists, but /proc hides it from this process (hidepid); run a reaper as root");
    }
  }

  void run(Duration grace) throws IOException, InterruptedException {
    boolean ended = !grace.isZero() && signalUntilGone(false, grace);
    if (!ended && !signalUntilGone(true, KILL_WAIT)) {
      throw new IOException(
          "processes "
              + members.keySet()
              + " did not end within "
              + KILL_WAIT.toSeconds()
              + " s of SIGKILL; waiting in the kernel (state D)?");
    }
    refused.retainAll(members.keySet());
    if (!refused.isEmpty()) {
      throw new UnresolvableFunctionException(
          "no permission to signal process "
              + refused
              + ", which another user runs; run a reaper as that user, or as root");
    }
    proof.require();
  }

  /**
   * Signals each member once, including those found later, until none is left that it may signal.
   * False if the limit passes first.
   */
  private boolean signalUntilGone(boolean force, Duration limit)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    Set<ProcStat> signalled = new HashSet<>();
    for (long pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
      boolean found;
      do {
        found = false;
        look();
        for (ProcStat member : List.copyOf(members.values())) {
          if (signalled.add(member)) {
            signal(member, force);
            found = true;
          }
        }
        // A fork bomb must not keep this loop from its deadline.
      } while (found && System.nanoTime() - deadline < 0);
      if (refused.containsAll(members.keySet())) {
        look(); // a process that forked and ended during the first look can have hidden its child
        if (refused.containsAll(members.keySet())) {
          return true;
        }
      }
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      Thread.sleep(pause);
    }
  }

  /** Drops the members that have ended, and adds new ones. */
  private void look() throws IOException {
    Map<Long, ProcStat> all = ProcEntries.all();
    for (ProcStat member : List.copyOf(members.values())) {
      ProcStat now = all.get(member.pid());
      if (now == null) {
        Presence.requireAbsent(member.pid()); // it may be hidden because it has changed its user
      }
      if (!lives(member, now)) {
        members.remove(member.pid());
      }
    }
    kin.join(members, all);
  }

  private static void joinDescendants(Map<Long, ProcStat> members, Map<Long, ProcStat> all) {
    Map<Long, List<ProcStat>> children = new TreeMap<>();
    for (ProcStat stat : all.values()) {
      children.computeIfAbsent(stat.parent(), parent -> new ArrayList<>()).add(stat);
    }
    List<ProcStat> queue = new ArrayList<>(members.values());
    for (int i = 0; i < queue.size(); i++) {
      ProcStat parent = queue.get(i);
      for (ProcStat child : children.getOrDefault(parent.pid(), List.of())) {
        // A child older than its parent is a stale reading of a number that was given away.
        if (!child.hasEnded()
            && child.startTicks() >= parent.startTicks()
            && members.putIfAbsent(child.pid(), child) == null) {
          queue.add(child);
        }
      }
    }
  }

  private static void joinSession(
      ProcessId leader, Map<Long, ProcStat> members, Map<Long, ProcStat> all) {
    for (ProcStat stat : all.values()) {
      if (stat.session() == leader.pid()
          && stat.startTicks() >= leader.startTicks()
          && !stat.hasEnded()) {
        members.putIfAbsent(stat.pid(), stat);
      }
    }
  }

  private static boolean lives(ProcStat member, @Nullable ProcStat now) {
    return now != null && now.startTicks() == member.startTicks() && !now.hasEnded();
  }

  private void signal(ProcStat member, boolean force) throws IOException {
    // Get the handle first: it stores the start time, which destroy compares again.
    Optional<ProcessHandle> handle = ProcessHandle.of(member.pid());
    if (handle.isEmpty() || !lives(member, ProcEntries.read(member.pid()))) {
      return;
    }
    boolean sent = force ? handle.get().destroyForcibly() : handle.get().destroy();
    if (!sent && lives(member, ProcEntries.read(member.pid()))) {
      refused.add(member.pid());
    }
  }
}
