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

/**
 * One run of {@link Processes}: ends processes that belong together. For one thread, for one run.
 */
final class Termination {
  private static final Duration KILL_WAIT = Duration.ofSeconds(10);
  private static final long FIRST_PAUSE_MILLIS = 2;
  private static final long LONGEST_PAUSE_MILLIS = 50;

  /** By pid, parents first: a shell whose child ends before it would go on with its script. */
  private final Map<Long, ProcStat> members = new LinkedHashMap<>();

  private final Set<Long> refused = new HashSet<>();
  private final Kin kin;
  private final Proof proof;

  private Termination(Kin kin, Proof proof) {
    this.kin = kin;
    this.proof = proof;
  }

  /** Who belongs to the members, besides those that are known. */
  @FunctionalInterface
  private interface Kin {
    void join(Map<Long, ProcStat> members, Map<Long, ProcStat> all);
  }

  /** What has to hold, besides that nothing is seen, before it counts as ended. */
  @FunctionalInterface
  private interface Proof {
    void require() throws IOException;
  }

  /** Of a process and its descendants. */
  static Termination ofTree(ProcessId root) {
    Termination termination =
        new Termination(
            Termination::joinDescendants,
            () -> {
              // look() asks for each member that vanishes
            });
    // Only its number and its start count; whether it is there is the first thing that is looked
    // at.
    termination.members.put(root.pid(), new ProcStat(root.pid(), 'R', 0, 0, 1, root.startTicks()));
    return termination;
  }

  /** Of all processes of a session, whether its leader is still there or not. */
  static Termination ofSession(ProcessId leader) {
    return new Termination(
        (members, all) -> joinSession(leader, members, all), () -> requireEmpty(leader));
  }

  /** Whether nothing of a session is seen. */
  static boolean isEmptySession(ProcessId leader) throws IOException {
    Map<Long, ProcStat> members = new HashMap<>();
    joinSession(leader, members, ProcEntries.all());
    return members.isEmpty();
  }

  /**
   * Where {@code /proc} hides processes: those that are in the leader's own process group. Of a
   * member of another user that has moved into a group of its own nothing can be known.
   */
  private static void requireEmpty(ProcessId leader) throws IOException {
    if (!Absence.ofGroup(leader.pid())) {
      throw new UnresolvableFunctionException(
          "something of process group "
              + leader.pid()
              + " is there, but /proc hides it from this process (hidepid); run a reaper as root");
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

  /** Signals each member once, and those found later, until none but the refused is left. */
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
        look(); // one that forked and ended during the first look can have hidden its child from it
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

  /** Drops the members that ended and adds the descendants of those that have not. */
  private void look() throws IOException {
    Map<Long, ProcStat> all = ProcEntries.all();
    for (ProcStat member : List.copyOf(members.values())) {
      ProcStat now = all.get(member.pid());
      if (now == null) {
        Presence.requireAbsent(member.pid()); // it may have changed its user, and be hidden by that
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
    // The handle comes first: it notes its own start time, and destroy compares that again.
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
