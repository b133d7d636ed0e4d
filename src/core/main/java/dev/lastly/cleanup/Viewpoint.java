package dev.lastly.cleanup;

import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The boot and pid namespace from which this process sees others. Immutable.
 *
 * @param bootId {@code /proc/sys/kernel/random/boot_id}, random(4)
 * @param pidNamespace the target of {@code /proc/self/ns/pid}
 * @param procIsOwn whether {@code /proc} shows pids of this namespace; a container may see the
 *     {@code /proc} of another one
 */
record Viewpoint(String bootId, String pidNamespace, boolean procIsOwn) {
  /** The first namespace of a machine; its inode is a constant of the kernel, PROC_PID_INIT_INO. */
  private static final String FIRST = "pid:[4026531836]";

  private static final Path PROC = Path.of("/proc");

  static Viewpoint current() throws IOException {
    return new Viewpoint(
        Posix.textOf(PROC.resolve("sys/kernel/random/boot_id")).strip(),
        pidNamespaceOf("self"),
        // In the mount of an ancestor namespace, there is one more number per level in between.
        NamespaceNumbers.read("self").pids().size() == 1);
  }

  static String pidNamespaceOf(String process) throws IOException {
    return Files.readSymbolicLink(PROC.resolve(process).resolve("ns").resolve("pid")).toString();
  }

  void requireOwnProc() throws IOException {
    if (!procIsOwn) {
      throw new IOException(
          "/proc belongs to another pid namespace than this process ("
              + pidNamespace
              + "), so it shows other processes under the same numbers; mount /proc in this"
              + " container");
    }
  }

  /** Whether this is the first namespace, in which every process of the machine has a number. */
  boolean isFirstNamespace() {
    return pidNamespace.equals(FIRST);
  }
}
