package dev.lastly.cleanup;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Ends processes, for {@code job.defer(Processes::terminate, ProcessId.of(process))}. Keeps no
 * state; may be called from any thread. Linux only: it reads {@code /proc}.
 */
public final class Processes {
  /** What {@link #terminate(ProcessId)} allows between SIGTERM and SIGKILL. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(5);

  /** Longest grace that may be asked for. */
  public static final Duration MAX_GRACE = Duration.ofDays(1);

  private Processes() {}

  /**
   * Ends a process and all its descendants, with {@link #DEFAULT_GRACE}.
   *
   * @param id which process
   * @throws IllegalArgumentException as {@link #terminate(ProcessId, Duration)}
   * @throws IOException as {@link #terminate(ProcessId, Duration)}
   * @throws InterruptedException as {@link #terminate(ProcessId, Duration)}
   */
  public static void terminate(ProcessId id) throws IOException, InterruptedException {
    terminate(id, DEFAULT_GRACE);
  }

  /**
   * Ends a process and all its descendants: SIGTERM, and SIGKILL for those that still run when the
   * grace is over. It returns when all have ended; a zombie has ended. If the process has ended
   * already, or its boot is over, that is success and nothing is signalled.
   *
   * <p><b>Never another process with the same number.</b> The start ticks are compared immediately
   * before each signal, and the JDK compares its own start time once more before kill(2). Between
   * that and the signal remain some microseconds in which the process can end and its number be
   * given to another: only a pidfd would close this gap, and Java 17 has none.
   *
   * <p>Descendants are found by their parents' pids in {@code /proc}, again and again until all
   * have ended, so those forked meanwhile are found too, as long as their parent is still there.
   * What cannot be known: a descendant whose parent had ended before the first look belongs to init
   * (or a subreaper) and is left alone; so is one forked by a process that ends before the next
   * look. If the process itself had ended, its descendants are all left alone. Under a {@code
   * hidepid} mount a process of another user looks as if it had ended.
   *
   * @param id which process, of this pid namespace
   * @param grace how long to wait before SIGKILL; zero for SIGKILL at once
   * @throws IllegalArgumentException if it is pid 1, this process or an ancestor of it, or {@code
   *     grace} is negative or more than {@link #MAX_GRACE}
   * @throws IOException if a signal is not permitted, a process outlives SIGKILL by 10 s, or there
   *     is no {@code /proc}
   * @throws InterruptedException if the thread is interrupted while it waits; what was signalled
   *     may still run
   */
  public static void terminate(ProcessId id, Duration grace)
      throws IOException, InterruptedException {
    Objects.requireNonNull(id, "id");
    checkGrace(grace);
    if (id.pid() == 1) {
      throw new IllegalArgumentException("terminate refuses pid 1: it is the init process");
    }
    if (!id.bootId().equals(ProcStat.bootId())) {
      return; // nothing outlives its boot
    }
    ProcStat stat = ProcStat.read(id.pid());
    if (stat == null || stat.gone() || stat.startTicks() != id.startTicks()) {
      return;
    }
    if (ancestry().contains(id.pid())) {
      throw new IllegalArgumentException(
          "terminate refuses pid %d: it is this process or an ancestor of it".formatted(id.pid()));
    }
    Termination.ofTree(stat).run(grace);
  }

  /**
   * Ends all processes of a group: SIGTERM, and SIGKILL for those that still run when the grace is
   * over. It returns when all have ended; a zombie has ended. If none is left, or its boot is over,
   * that is success and nothing is signalled.
   *
   * <p>The group is the session that {@code setsid} made: processes that its programs have moved
   * into groups of their own, as shells with job control do, belong to it; those that have left the
   * session, as daemons do, do not.
   *
   * <p><b>Never another group with the same number.</b> The kernel gives the number of a session to
   * nobody else as long as one process of it is left, so a leader with other start ticks means that
   * the session is over. What cannot be told: if the session is over, its number was given away in
   * the same boot, and that process has made a session, left processes in it and ended, then these
   * are taken for members. Numbers are given away again only when all others have had their turn.
   *
   * <p>A group of another pid namespace cannot be seen. It has ended if the process that started it
   * was init there, because an init takes its namespace with it; or if this process, as root in the
   * first namespace of the machine, sees that nothing of that namespace is left. Otherwise this
   * fails.
   *
   * @param group which processes
   * @param grace how long to wait before SIGKILL; zero for SIGKILL at once
   * @throws IllegalArgumentException if this process belongs to the group, or {@code grace} is
   *     negative or more than {@link #MAX_GRACE}
   * @throws IOException if it cannot be told whether the group has ended, a signal is not
   *     permitted, a process outlives SIGKILL by 10 s, or there is no {@code /proc}
   * @throws InterruptedException if the thread is interrupted while it waits; what was signalled
   *     may still run
   */
  public static void terminateGroup(ProcessGroup group, Duration grace)
      throws IOException, InterruptedException {
    Objects.requireNonNull(group, "group");
    checkGrace(grace);
    if (group.mayBeAlive()) {
      ProcStat self = ProcStat.read(ProcessHandle.current().pid());
      if (self != null && self.session() == group.leader().pid()) {
        throw new IllegalArgumentException(
            "terminateGroup refuses group %d: this process belongs to it"
                .formatted(group.leader().pid()));
      }
      Termination.ofSession(group.leader()).run(grace);
    }
  }

  private static void checkGrace(Duration grace) {
    if (grace.isNegative() || grace.compareTo(MAX_GRACE) > 0) {
      throw new IllegalArgumentException(
          "grace must be zero to %s; got %s".formatted(MAX_GRACE, grace));
    }
  }

  /** This process and its ancestors. */
  private static Set<Long> ancestry() throws IOException {
    Map<Long, ProcStat> all = ProcStat.all();
    Set<Long> line = new HashSet<>();
    long pid = ProcessHandle.current().pid();
    while (line.add(pid) && all.containsKey(pid)) {
      pid = all.get(pid).parent();
    }
    return line;
  }
}
