package dev.lastly.cleanup;

import dev.lastly.internal.proc.ProcStat;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the first pid namespace of a machine shows of the others, pid_namespaces(7): each process
 * has a number there, too. From anywhere else nothing can be said.
 *
 * <p>The inode of a namespace names it only while it lives, and may then be given to another one.
 * So only absence proves anything: nothing lives in a namespace of that name; or if something does,
 * nothing has the number and the start that are looked for.
 */
final class PidNamespaces {
  private PidNamespaces() {}

  /** Whether this process could see every process of every namespace. */
  static boolean areVisible(Viewpoint here) throws IOException {
    return here.isFirstNamespace() && here.procIsOwn() && ProcVisibility.isWhole();
  }

  /** Where all are visible: whether a process may still live that has that number elsewhere. */
  static boolean mayHold(ProcessId id) throws IOException {
    return mayHold(
        id.pidNamespace(),
        seen ->
            seen.numbers().hasPidBelow(id.pid()) && seen.stat().startTicks() == id.startTicks());
  }

  /** Where all are visible: whether a process of that session may still live elsewhere. */
  static boolean mayHoldSessionOf(ProcessId leader) throws IOException {
    Predicate<Seen> belongs =
        seen ->
            seen.numbers().hasSessionBelow(leader.pid())
                && seen.stat().startTicks() >= leader.startTicks();
    if (mayHold(leader.pidNamespace(), belongs)) {
      return true;
    }
    // Again: a process that forks and ends between two readings can hide its child from one.
    return mayHold(leader.pidNamespace(), belongs);
  }

  /** A process as the first namespace shows it. */
  private record Seen(ProcStat stat, NamespaceNumbers numbers, @Nullable String namespace) {
    /** Whether its numbers below may be those of the namespace. */
    boolean mayBelongTo(String wanted) {
      boolean onlyItsOwnIsBelow = numbers.pids().size() == 2;
      return namespace == null || namespace.equals(wanted) || !onlyItsOwnIsBelow;
    }

    boolean mayBeDirectlyIn(String wanted) {
      return namespace == null || namespace.equals(wanted);
    }
  }

  private static boolean mayHold(String namespace, Predicate<Seen> looked) throws IOException {
    boolean namespaceMayLive = false; // while it does, its init lives, directly in it
    boolean found = false;
    for (long pid : ProcEntries.pids()) {
      Seen seen = see(pid);
      if (seen != null) {
        namespaceMayLive |= seen.mayBeDirectlyIn(namespace);
        found |= seen.mayBelongTo(namespace) && looked.test(seen);
      }
    }
    return namespaceMayLive && found;
  }

  private static @Nullable Seen see(long pid) throws IOException {
    try {
      ProcStat stat = ProcEntries.read(pid);
      if (stat == null || stat.hasEnded()) {
        return null;
      }
      return new Seen(
          stat, NamespaceNumbers.read(Long.toString(pid)), namespaceIfReadable(Long.toString(pid)));
    } catch (IOException e) {
      if (ProcEntries.read(pid) == null) {
        return null; // it has ended meanwhile
      }
      throw e;
    }
  }

  /** Null if this process may not know it. */
  private static @Nullable String namespaceIfReadable(String pid) throws IOException {
    try {
      return Viewpoint.pidNamespaceOf(pid);
    } catch (AccessDeniedException e) {
      return null;
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException e) {
      return null; // EPERM, or what a security module says
    }
  }
}
