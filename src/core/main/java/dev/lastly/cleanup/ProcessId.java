package dev.lastly.cleanup;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.proc.ProcStat;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;

/**
 * Identifies one process, and no later one with the same pid: its pid, the pid namespace of that
 * pid, its start, and the boot of the kernel. Immutable.
 *
 * @param pid the process id, more than 0
 * @param startTicks field 22 of {@code /proc/<pid>/stat}, clock ticks since boot, proc_pid_stat(5),
 *     less the offset of the reader's time namespace, time_namespaces(7); a tick is 10 ms on Linux,
 *     so a process with a pid that is reused within one tick would look the same
 * @param bootId {@code /proc/sys/kernel/random/boot_id}, random(4); a container can have one of its
 *     own, so a different boot id alone does not prove a reboot
 * @param pidNamespace the namespace of {@code pid}: the target of {@code /proc/self/ns/pid} in the
 *     process that identified it, pid_namespaces(7)
 */
public record ProcessId(long pid, long startTicks, String bootId, String pidNamespace) {
  /**
   * Checks the parts.
   *
   * @param pid the process id
   * @param startTicks clock ticks since boot
   * @param bootId the kernel's boot id
   * @param pidNamespace the namespace of the pid
   * @throws IllegalArgumentException if {@code pid} is less than 1, {@code startTicks} negative, or
   *     {@code bootId} or {@code pidNamespace} blank
   */
  public ProcessId {
    Objects.requireNonNull(bootId, "bootId");
    Objects.requireNonNull(pidNamespace, "pidNamespace");
    if (pid < 1 || startTicks < 0 || bootId.isBlank() || pidNamespace.isBlank()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "no process has pid %d, start ticks %d, boot id '%s', pid namespace '%s'",
              pid,
              startTicks,
              bootId,
              pidNamespace));
    }
  }

  /**
   * Identifies the process that has a pid now.
   *
   * @param pid the pid in the pid namespace of this process
   * @return its identity
   * @throws IllegalArgumentException if {@code pid} is less than 1
   * @throws IOException if it has ended (a zombie has) or this process cannot see it, or if {@code
   *     /proc} is not mounted or belongs to another pid namespace
   */
  public static ProcessId of(long pid) throws IOException {
    if (pid < 1) {
      throw new IllegalArgumentException("a pid is at least 1; got " + pid);
    }
    Viewpoint here = Viewpoint.current();
    here.requireOwnProc();
    ProcStat stat = ProcEntries.read(pid);
    if (stat == null || stat.hasEnded()) {
      throw new IOException(
          "process " + pid + " cannot be identified: it has ended, or /proc does not show it");
    }
    return new ProcessId(pid, stat.startTicks(), here.bootId(), here.pidNamespace());
  }

  /**
   * Identifies a child of this process.
   *
   * @param process the child
   * @return its identity
   * @throws IOException if it has ended, or as {@link #of(long)}
   */
  public static ProcessId of(Process process) throws IOException {
    return of(process.toHandle());
  }

  /**
   * Identifies the process of a handle.
   *
   * @param handle the handle
   * @return its identity
   * @throws IOException if it has ended, or as {@link #of(long)}
   */
  public static ProcessId of(ProcessHandle handle) throws IOException {
    ProcessId id = of(handle.pid());
    // A handle knows the start of its process: it is not alive if the pid has been reused.
    if (!handle.isAlive()) {
      throw new IOException("process " + handle.pid() + " cannot be identified: it has ended");
    }
    return id;
  }

  /**
   * Identifies this process.
   *
   * @return its identity
   * @throws IOException if {@code /proc} is not mounted or belongs to another pid namespace
   */
  public static ProcessId current() throws IOException {
    return of(Posix.pid());
  }

  /** Whether the process that was read with the same pid is this one. */
  boolean isSame(ProcStat stat) {
    return stat.pid() == pid && stat.startTicks() == startTicks;
  }
}
