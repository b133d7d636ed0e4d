package dev.lastly.cleanup;

import java.io.IOException;
import java.util.Objects;

/**
 * One process and no other that ever has its number: its pid, when it started, and under which boot
 * of the kernel. Immutable. It means something only in the pid namespace where it was made.
 *
 * @param pid the process id, more than 0
 * @param startTicks field 22 of {@code /proc/<pid>/stat}, clock ticks since boot, proc_pid_stat(5);
 *     a tick is 10 ms on Linux, so a number that is reused within one tick would look the same
 * @param bootId {@code /proc/sys/kernel/random/boot_id}, random(4)
 */
public record ProcessId(long pid, long startTicks, String bootId) {
  /**
   * Checks the parts.
   *
   * @param pid the process id
   * @param startTicks clock ticks since boot
   * @param bootId the kernel's boot id
   * @throws IllegalArgumentException if {@code pid} is less than 1, {@code startTicks} negative or
   *     {@code bootId} blank
   */
  public ProcessId {
    Objects.requireNonNull(bootId, "bootId");
    if (pid < 1 || startTicks < 0 || bootId.isBlank()) {
      throw new IllegalArgumentException(
          "no process has pid %d, start ticks %d, boot id '%s'".formatted(pid, startTicks, bootId));
    }
  }

  /**
   * Identifies the process that has a number now.
   *
   * @param pid the number
   * @return its identity
   * @throws IllegalArgumentException if {@code pid} is less than 1
   * @throws IOException if it has ended (a zombie has), cannot be seen, or there is no {@code
   *     /proc}
   */
  public static ProcessId of(long pid) throws IOException {
    if (pid < 1) {
      throw new IllegalArgumentException("a pid is at least 1; got " + pid);
    }
    String bootId = ProcStat.bootId();
    ProcStat stat = ProcStat.read(pid);
    if (stat == null || stat.gone()) {
      throw new IOException("process %d cannot be identified: it has ended".formatted(pid));
    }
    return new ProcessId(pid, stat.startTicks(), bootId);
  }

  /**
   * Identifies a child of this process.
   *
   * @param process the child
   * @return its identity
   * @throws IOException if it has ended, or there is no {@code /proc}
   */
  public static ProcessId of(Process process) throws IOException {
    return of(process.toHandle());
  }

  /**
   * Identifies the process of a handle.
   *
   * @param handle the handle
   * @return its identity
   * @throws IOException if it has ended, cannot be seen, or there is no {@code /proc}
   */
  public static ProcessId of(ProcessHandle handle) throws IOException {
    ProcessId id = of(handle.pid());
    // A handle knows the start of its process: had the number been reused, it were not alive.
    if (!handle.isAlive()) {
      throw new IOException(
          "process %d cannot be identified: it has ended".formatted(handle.pid()));
    }
    return id;
  }

  /**
   * Identifies this process.
   *
   * @return its identity
   * @throws IOException if there is no {@code /proc}
   */
  public static ProcessId current() throws IOException {
    return of(ProcessHandle.current().pid());
  }
}
