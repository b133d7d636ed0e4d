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
 * Ends processes, for {@code job.defer(Processes::terminate, ProcessId.of(process))}. May be called
 * from any thread. Linux only: it reads {@code /proc}.
 */
public final class Processes {
  /** What {@link #terminate(ProcessId)} allows between SIGTERM and SIGKILL. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(5);

  /** Longest grace that may be asked for. */
  public static final Duration MAX_GRACE = Duration.ofDays(1);

  /**
   * How long after the death of a process its pid namespace, which ends with it, may still be
   * ending.
   */
  public static final Duration NAMESPACE_SETTLES = Duration.ofSeconds(2);

  /** The last group whose namespace was given that time. */
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
   * Ends a process and all its descendants: SIGTERM, and SIGKILL for those that still run when the
   * grace is over. It returns when all have ended; a zombie has ended. If the process has ended
   * already, or its boot is over, that is success and nothing is signalled.
   *
   * <p><b>Never another process with the same number.</b> The pid namespace must be that of this
   * process. The start ticks are compared immediately before each signal, and the JDK compares its
   * own start time once more before kill(2). Between that and the signal remain some microseconds
   * in which the process can end and its number be given to another: only a pidfd would close this
   * gap, and Java 17 has none.
   *
   * <p><b>Never done by guess.</b> What this process cannot see has not ended:
   *
   * <ul>
   *   <li>A process of another pid namespace. It has ended if this process runs in the first
   *       namespace of the machine and sees all processes, and none can be the one; or if its boot
   *       is over, which is certain if the boot id differs and the present boot has not yet lasted
   *       to its start. Another boot id alone proves nothing: containers can have their own.
   *   <li>A process that {@code /proc} hides ({@code hidepid}): kill(2) must say that there is no
   *       such process.
   *   <li>Any process, if {@code /proc} is not mounted, or belongs to another pid namespace.
   * </ul>
   *
   * <p>Descendants are found by their parents' pids in {@code /proc}, again and again until all
   * have ended, so those forked meanwhile are found too, as long as their parent is still there.
   * What cannot be known: a descendant whose parent had ended before the first look belongs to init
   * (or a subreaper) and is left alone; so is one forked by a process that ends before the next
   * look. If the process itself had ended, its descendants are all left alone; so are those that
   * {@code /proc} hides.
   *
   * @param id which process
   * @param grace how long to wait before SIGKILL; zero for SIGKILL at once
   * @throws IllegalArgumentException if {@code id} or {@code grace} is null, it is pid 1 of its
   *     namespace, or {@code grace} is negative or more than {@link #MAX_GRACE}
   * @throws UnresolvableFunctionException if this process cannot see whether it has ended, may not
   *     signal it or a descendant, or is that process or a descendant of it; another process may be
   *     able to
   * @throws IOException if a process outlives SIGKILL by 10 s
   * @throws InterruptedException if the thread is interrupted while it waits; what was signalled
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
   * <p><b>Never done by guess</b>: as {@link #terminate(ProcessId, Duration)}. Besides, a group of
   * another pid namespace that cannot be seen has ended if the process that started it takes the
   * namespace with it ({@link ProcessGroup#startedByInit}): a function is run elsewhere only when
   * that process is dead. The kernel releases the locks of a process, by which its death is known,
   * shortly before it ends the others of its namespace; so this waits for {@link
   * #NAMESPACE_SETTLES} first. What cannot be told: where {@code /proc} hides processes ({@code
   * hidepid}), a member that runs as another user, in a process group of its own.
   *
   * @param group which processes
   * @param grace how long to wait before SIGKILL; zero for SIGKILL at once
   * @throws IllegalArgumentException if {@code group} or {@code grace} is null, or {@code grace} is
   *     negative or more than {@link #MAX_GRACE}
   * @throws UnresolvableFunctionException if this process cannot see whether the group has ended,
   *     may not signal a process of it, or belongs to it; another process may be able to
   * @throws IOException if a process outlives SIGKILL by 10 s
   * @throws InterruptedException if the thread is interrupted while it waits; what was signalled
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
      settled = group; // the job's other functions name the same group
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
    require(id != null, "terminate refuses null: it names no process");
    require(id.pid() != 1, "terminate refuses pid 1: it is the init process of its namespace");
    requireGrace(grace);
    Presence presence = Presence.of(id);
    if (presence == Presence.MAY_RUN) {
      requireNoAncestor(id);
    }
    return presence;
  }

  private static Presence look(ProcessGroup group, Duration grace) {
    require(group != null, "terminateGroup refuses null: it names no group");
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
