package dev.lastly.cleanup;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.proc.ProcStat;
import dev.lastly.model.Precondition;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ends processes, for {@code job.defer(Processes::terminate, ProcessId.of(process))}. Thread-safe.
 * Linux only: it reads {@code /proc}.
 */
public final class Processes {
  /** The time that {@link #terminate(ProcessId)} allows between SIGTERM and SIGKILL. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(5);

  /** The longest accepted grace. */
  public static final Duration MAX_GRACE = Duration.ofDays(1);

  /** How long the kernel may take to end a pid namespace after the death of its init. */
  public static final Duration NAMESPACE_SETTLES = Duration.ofSeconds(2);

  /** The last group for whose namespace this class has waited that time. */
  private static volatile @Nullable ProcessGroup settled;

  private Processes() {}

  /**
   * Ends a process and all its descendants, with {@link #DEFAULT_GRACE}.
   *
   * @param id which process
   * @throws IllegalArgumentException as {@link #terminate(ProcessId, Duration)}
   * @throws UnresolvableFunctionException as {@link #terminate(ProcessId, Duration)}
   * @throws IOException as {@link #terminate(ProcessId, Duration)}
   * @throws InterruptedException as {@link #terminate(ProcessId, Duration)}
   */
  @Precondition("requireTerminable")
  public static void terminate(ProcessId id) throws IOException, InterruptedException {
    terminate(id, DEFAULT_GRACE);
  }

  /**
   * Ends a process and all its descendants: SIGTERM, and SIGKILL for those that still run after the
   * grace. It returns when all have ended; a zombie has ended. If the process has ended, or its
   * boot is over, this succeeds and sends no signal.
   *
   * <p><b>Never another process with the same number.</b> The pid namespace must be that of this
   * process. The start ticks are compared immediately before each signal, and the JDK compares its
   * own start time once more before kill(2). Some microseconds remain between that and the signal,
   * in which the process can end and the kernel can reuse its pid. Only a pidfd would close this
   * gap, and Java 17 has none.
   *
   * <p><b>Never by a guess.</b> A process that this one cannot see does not count as ended:
   *
   * <ul>
   *   <li>A process of another pid namespace. It has ended if this process runs in the first
   *       namespace of the machine, sees all processes, and none can be the one; or if its boot is
   *       over, which is certain if the boot id differs and the start tick is later than the
   *       current tick of this boot. A different boot id alone proves nothing: containers can have
   *       their own.
   *   <li>A process that {@code /proc} hides ({@code hidepid}): kill(2) must say that there is no
   *       such process.
   *   <li>Any process, if {@code /proc} is not mounted, or belongs to another pid namespace.
   * </ul>
   *
   * <p>This finds descendants by their parents' pids in {@code /proc}, and looks again until all
   * have ended, so it also finds those forked during the call, while their parent lives. It cannot
   * find a descendant whose parent ended before a look: that one belongs to init (or a subreaper).
   * If the process itself has ended, it finds no descendants. Nor does it find those that {@code
   * /proc} hides.
   *
   * @param id the process
   * @param grace the time between SIGTERM and SIGKILL; zero for SIGKILL at once
   * @throws IllegalArgumentException if {@code id} or {@code grace} is null, it is pid 1 of its
   *     namespace, or {@code grace} is negative or more than {@link #MAX_GRACE}
   * @throws UnresolvableFunctionException if this process cannot see whether it has ended, may not
   *     signal it or a descendant, or is that process or a descendant of it; another process may be
   *     able to
   * @throws IOException if a process outlives SIGKILL by 10 s
   * @throws InterruptedException if the thread is interrupted while it waits; signalled processes
   *     may still run
   */
  @Precondition("requireTerminable")
  public static void terminate(ProcessId id, Duration grace)
      throws IOException, InterruptedException {
    if (look(id, grace) == Presence.MAY_RUN) {
      Termination.ofTree(id).run(grace);
    }
  }

  /**
   * Ends all processes of a group: SIGTERM, and SIGKILL for those that still run after the grace.
   * It returns when all have ended; a zombie has ended. If none is left, or the group's boot is
   * over, this succeeds and sends no signal.
   *
   * <p>The group is the session that {@code setsid} made. It includes processes that its programs
   * have moved into process groups of their own, as shells with job control do, and excludes those
   * that have left the session, as daemons do.
   *
   * <p><b>Never another group with the same number.</b> The kernel does not reuse the number of a
   * session while a process of it is left, so a leader with other start ticks means that the
   * session is over. One case stays undetected: the session is over, the kernel has reused its
   * number in the same boot, and that process has made a session, left processes in it and ended.
   * This takes those processes for members. The kernel reuses a number only after all others.
   *
   * <p><b>Never by a guess</b>: as {@link #terminate(ProcessId, Duration)}. In addition, a group in
   * another pid namespace, which this process cannot see, has ended if the namespace ends with the
   * process that started it ({@link ProcessGroup#startedByInit}): another process runs this
   * function only when that one is dead. The kernel frees the locks of a dead process, which prove
   * its death, shortly before it ends the other processes of the namespace; so this first waits for
   * {@link #NAMESPACE_SETTLES}. One case stays undetected: where {@code /proc} hides processes
   * ({@code hidepid}), a member that runs as another user in a process group of its own.
   *
   * @param group the processes
   * @param grace the time between SIGTERM and SIGKILL; zero for SIGKILL at once
   * @throws IllegalArgumentException if {@code group} or {@code grace} is null, or {@code grace} is
   *     negative or more than {@link #MAX_GRACE}
   * @throws UnresolvableFunctionException if this process cannot see whether the group has ended,
   *     may not signal a process of it, or belongs to it; another process may be able to
   * @throws IOException if a process outlives SIGKILL by 10 s
   * @throws InterruptedException if the thread is interrupted while it waits; signalled processes
   *     may still run
   */
  @Precondition("requireTerminable")
  public static void terminateGroup(ProcessGroup group, Duration grace)
      throws IOException, InterruptedException {
    Presence presence = look(group, grace);
    if (presence == Presence.MAY_RUN) {
      Termination.ofSession(group.leader()).run(grace);
    } else if (presence == Presence.ENDS_WITH_ITS_STARTER && !group.equals(settled)) {
      Presence.awaitEndOfNamespace(group, NAMESPACE_SETTLES);
      settled = group; // other functions of the job name the same group
    }
  }

  static void requireTerminable(ProcessId id) {
    requireTerminable(id, DEFAULT_GRACE);
  }

  static void requireTerminable(ProcessId id, Duration grace) {
    Presence unused = look(id, grace);
  }

  static void requireTerminable(ProcessGroup group, Duration grace) {
    Presence unused = look(group, grace);
  }

  private static Presence look(ProcessId id, Duration grace) {
    require(id != null, "terminate refuses null; expected a process");
    require(id.pid() != 1, "terminate refuses pid 1: it is the init process of its namespace");
    requireGrace(grace);
    Presence presence = Presence.of(id);
    if (presence == Presence.MAY_RUN) {
      requireNoAncestor(id);
    }
    return presence;
  }

  private static Presence look(ProcessGroup group, Duration grace) {
    require(group != null, "terminateGroup refuses null; expected a process group");
    requireGrace(grace);
    Presence presence = Presence.of(group);
    if (presence == Presence.MAY_RUN) {
      requireNoMember(group);
    }
    return presence;
  }

  private static void requireGrace(Duration grace) {
    require(
        grace != null && !grace.isNegative() && grace.compareTo(MAX_GRACE) <= 0,
        "grace must be zero to " + MAX_GRACE + "; got " + grace);
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }

  private static void requireNoAncestor(ProcessId id) {
    try {
      if (ancestry().contains(id.pid())) {
        throw new UnresolvableFunctionException(
            "terminate refuses pid "
                + id.pid()
                + " in this process ("
                + Posix.pid()
                + "): it is this process or an ancestor of it; another process can run it");
      }
    } catch (IOException e) {
      throw new UnresolvableFunctionException(
          "the ancestors of this process cannot be read: " + e.getMessage(), e);
    }
  }

  private static void requireNoMember(ProcessGroup group) {
    try {
      ProcStat self = ProcEntries.read(Posix.pid());
      if (self == null || self.session() == group.leader().pid()) {
        throw new UnresolvableFunctionException(
            "terminateGroup refuses group "
                + group.leader().pid()
                + " in this process ("
                + Posix.pid()
                + "): this process belongs to it; another process can run it");
      }
    } catch (IOException e) {
      throw new UnresolvableFunctionException(
          "the session of this process cannot be read: " + e.getMessage(), e);
    }
  }

  /** This process and its ancestors. */
  private static Set<Long> ancestry() throws IOException {
    Map<Long, ProcStat> all = ProcEntries.all();
    Set<Long> line = new HashSet<>();
    long pid = Posix.pid();
    while (line.add(pid) && all.containsKey(pid)) {
      pid = all.get(pid).parent();
    }
    return line;
  }
}
