package dev.lastly.cleanup;

import dev.lastly.internal.proc.BootClock;
import dev.lastly.internal.proc.ProcStat;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.time.Duration;

/**
 * Whether a process or a group may still run. Decides in this order: by the pid namespace, which
 * tells whether the pid has a meaning here; by {@code /proc}, if that shows all processes; and by
 * the boot. A different boot id alone proves nothing, because a container can have one of its own.
 *
 * <p>If this process cannot tell, it throws an {@link UnresolvableFunctionException} that says
 * which process can.
 */
enum Presence {
  /** It has ended. */
  ENDED,

  /** It runs; for a group, a process of it may run. */
  MAY_RUN,

  /** This process cannot see it, but it ends with the process that started it. */
  ENDS_WITH_ITS_STARTER;

  private static final long PAUSE_MILLIS = 20;

  /** Determines the presence of a process. */
  static Presence of(ProcessId id) {
    try {
      Viewpoint here = Viewpoint.current();
      if (!id.pidNamespace().equals(here.pidNamespace())) {
        if (isOfAnEarlierBoot(id, here)
            || (PidNamespaces.areVisible(here) && !PidNamespaces.mayHold(id))) {
          return ENDED;
        }
        throw invisible("process " + id.pid(), id, here);
      }
      here.requireOwnProc();
      ProcStat stat = ProcEntries.read(id.pid());
      if (stat == null) {
        requireAbsent(id.pid());
        return ENDED;
      }
      if (stat.hasEnded() || !id.isSame(stat)) {
        return ENDED;
      }
      requireSameBoot("process " + id.pid(), id, here);
      return MAY_RUN;
    } catch (IOException e) {
      throw unreadable("process " + id.pid(), e);
    }
  }

  /** Determines the presence of a group. */
  static Presence of(ProcessGroup group) {
    ProcessId leader = group.leader();
    String what = "process group " + leader.pid();
    try {
      Viewpoint here = Viewpoint.current();
      if (!leader.pidNamespace().equals(here.pidNamespace())) {
        if (isOfAnEarlierBoot(leader, here)
            || (PidNamespaces.areVisible(here) && !PidNamespaces.mayHoldSessionOf(leader))) {
          return ENDED;
        }
        if (group.startedByInit()) {
          return ENDS_WITH_ITS_STARTER;
        }
        throw invisible(what, leader, here);
      }
      here.requireOwnProc();
      ProcStat stat = ProcEntries.read(leader.pid());
      if (stat != null && !leader.isSame(stat)) {
        return ENDED; // the kernel reuses a session's number only when all its processes have ended
      }
      if (!leader.bootId().equals(here.bootId()) && !Termination.isEmptySession(leader)) {
        requireSameBoot(what, leader, here);
      }
      return MAY_RUN;
    } catch (IOException e) {
      throw unreadable(what, e);
    }
  }

  /**
   * Waits until the namespace of a group has ended, whose init is dead. If this process can see the
   * namespace, it waits up to the limit; otherwise for the whole limit, which suffices.
   */
  static void awaitEndOfNamespace(ProcessGroup group, Duration limit) throws InterruptedException {
    try {
      Viewpoint here = Viewpoint.current();
      if (!PidNamespaces.areVisible(here)) {
        Thread.sleep(limit.toMillis());
        return;
      }
      long deadline = System.nanoTime() + limit.toNanos();
      while (PidNamespaces.mayHoldSessionOf(group.leader())) {
        if (System.nanoTime() - deadline >= 0) {
          throw new UnresolvableFunctionException(
              "process group "
                  + group.leader().pid()
                  + " should have ended with its pid namespace ("
                  + group.leader().pidNamespace()
                  + "), but something that may belong to it runs there; look at that container");
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (IOException e) {
      throw unreadable("process group " + group.leader().pid(), e);
    }
  }

  /** Whether its start tick is later than the current tick of this boot. */
  private static boolean isOfAnEarlierBoot(ProcessId id, Viewpoint here) throws IOException {
    return !id.bootId().equals(here.bootId()) && id.startTicks() > BootClock.now();
  }

  /** Throws unless no process has a pid that {@code /proc} does not show. */
  static void requireAbsent(long pid) throws IOException {
    if (!Absence.ofProcess(pid)) {
      throw new UnresolvableFunctionException(
          "process "
              + pid
              + " exists, but /proc hides it from this process (hidepid), so this process cannot"
              + " tell whether it is the one to end; run a reaper as its user, or as root");
    }
  }

  private static void requireSameBoot(String what, ProcessId id, Viewpoint here) {
    if (!id.bootId().equals(here.bootId())) {
      throw new UnresolvableFunctionException(
          what
              + " has the boot id "
              + id.bootId()
              + ", and this process "
              + here.bootId()
              + "; a process with that number and start tick "
              + id.startTicks()
              + " runs here, so it may be the one, in a container with a boot id of its own, or"
              + " another one after a reboot; run a reaper where the boot id is that one, or end"
              + " the process by hand");
    }
  }

  private static UnresolvableFunctionException invisible(
      String what, ProcessId id, Viewpoint here) {
    return new UnresolvableFunctionException(
        what
            + " cannot be seen from here: its pid counts in another pid namespace ("
            + id.pidNamespace()
            + "), this process is in "
            + here.pidNamespace()
            + "; run a reaper in that container, or, when the container has ended, as root on the"
            + " machine itself");
  }

  private static UnresolvableFunctionException unreadable(String what, IOException cause) {
    return new UnresolvableFunctionException(
        "whether " + what + " runs cannot be seen from here: " + cause.getMessage(), cause);
  }
}
