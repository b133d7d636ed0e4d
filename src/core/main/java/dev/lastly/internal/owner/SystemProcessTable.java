package dev.lastly.internal.owner;

import java.nio.file.Files;
import java.nio.file.Path;

/** Chooses the process table for this operating system. */
final class SystemProcessTable {
  private SystemProcessTable() {}

  static Owners.ProcessTable create() {
    Path proc = Path.of("/proc");
    boolean linux = System.getProperty("os.name", "").equals("Linux");
    return linux || Files.exists(proc.resolve("self/stat"))
        ? new LinuxProcessTable(proc)
        : new HandleProcessTable();
  }
}
