package dev.lastly.cleanup;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
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

  private Termination(Kin kin) {
    this.kin = kin;
  }

  /** Who belongs to the members, besides those that are known. */
  @FunctionalInterface
  private interface Kin {
    void join(Map<Long, ProcStat> members, Map<Long, ProcStat> all);
  }

  /** Of a process and its descendants. */
  static Termination ofTree(ProcStat root) {
    Termination termination = new Termination(Termination::joinDescendants);
    termination.members.put(root.pid(), root);
    return termination;
  }

  /** Of all processes of a session, whether its leader is still there or not. */
  static Termination ofSession(ProcessId leader) {
    return new Termination((members, all) -> joinSession(leader, members, all));
  }

  void run(Duration grace) throws IOException, InterruptedException {
    boolean ended = !grace.isZero() && signalUntilGone(false, grace);
    if (!ended && !signalUntilGone(true, KILL_WAIT)) {
      throw new IOException(
          "processes %s did not end within %d s of SIGKILL; waiting in the kernel (state D)?"
              .formatted(members.keySet(), KILL_WAIT.toSeconds()));
    }
    refused.retainAll(members.keySet());
    if (!refused.isEmpty()) {
      throw new IOException(
          "no permission to signal process %s; run as its user or as root".formatted(refused));
    }
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
        return true;
      }
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      Thread.sleep(pause);
    }
  }

  /** Drops the members that ended and adds the descendants of those that have not. */
  private void look() throws IOException {
    Map<Long, ProcStat> all = ProcStat.all();
    members.values().removeIf(member -> !lives(member, all.get(member.pid())));
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
        if (!child.gone()
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
          && !stat.gone()) {
        members.putIfAbsent(stat.pid(), stat);
      }
    }
  }

  private static boolean lives(ProcStat member, @Nullable ProcStat now) {
    return now != null && now.startTicks() == member.startTicks() && !now.gone();
  }

  private void signal(ProcStat member, boolean force) throws IOException {
    // The handle comes first: it notes its own start time, and destroy compares that again.
    Optional<ProcessHandle> handle = ProcessHandle.of(member.pid());
    if (handle.isEmpty() || !lives(member, ProcStat.read(member.pid()))) {
      return;
    }
    boolean sent = force ? handle.get().destroyForcibly() : handle.get().destroy();
    if (!sent && lives(member, ProcStat.read(member.pid()))) {
      refused.add(member.pid());
    }
  }
}
