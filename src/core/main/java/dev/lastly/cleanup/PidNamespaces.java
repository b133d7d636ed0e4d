package dev.lastly.cleanup;

import dev.lastly.internal.proc.ProcStat;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks for processes of other pid namespaces, pid_namespaces(7). Only the first namespace of a
 * machine shows them all, because each process has a number there, too. Stateless.
 *
 * <p>The kernel may reuse the inode of a namespace after its end. So only absence proves anything:
 * no process lives in a namespace with that inode, or none of those that do has the wanted pid and
 * start.
 */
final class PidNamespaces {
  private PidNamespaces() {}

  /** Whether this process could see every process of every namespace. */
  static boolean areVisible(Viewpoint here) throws IOException {
    return here.isFirstNamespace() && here.procIsOwn() && ProcVisibility.isWhole();
  }

  /**
   * Whether a process with this pid in its own namespace may still live. Requires that all
   * processes are visible.
   */
  static boolean mayHold(ProcessId id) throws IOException {
    return mayHold(
        id.pidNamespace(),
        seen ->
            seen.numbers().hasPidBelow(id.pid()) && seen.stat().startTicks() == id.startTicks());
  }

  /**
   * Whether a process of this session may still live in its namespace. Requires that all processes
   * are visible.
   */
  static boolean mayHoldSessionOf(ProcessId leader) throws IOException {
    Predicate<Seen> belongs =
        seen ->
            seen.numbers().hasSessionBelow(leader.pid())
                && seen.stat().startTicks() >= leader.startTicks();
    if (mayHold(leader.pidNamespace(), belongs)) {
      return true;
    }
    // Read twice: a process that forks and ends during one read can hide its child from it.
    return mayHold(leader.pidNamespace(), belongs);
  }

  /** A process as the first namespace shows it. */
  private record Seen(ProcStat stat, NamespaceNumbers numbers, @Nullable String namespace) {
    /** Whether its numbers may belong to the given namespace. */
    boolean mayBelongTo(String wanted) {
      boolean onlyItsOwnIsBelow = numbers.pids().size() == 2;
      return namespace == null || namespace.equals(wanted) || !onlyItsOwnIsBelow;
    }

    boolean mayBeDirectlyIn(String wanted) {
      return namespace == null || namespace.equals(wanted);
    }
  }

  private static boolean mayHold(String namespace, Predicate<Seen> looked) throws IOException {
    boolean namespaceMayLive = false; // a living namespace has a living init, directly in it
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

  /** The namespace of a process; null if this process may not read it. */
  private static @Nullable String namespaceIfReadable(String pid) throws IOException {
    try {
      return Viewpoint.pidNamespaceOf(pid);
    } catch (AccessDeniedException e) {
      return null;
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException e) {
      return null; // EPERM, or an error of a security module
    }
  }
}
