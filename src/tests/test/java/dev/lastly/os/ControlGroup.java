package dev.lastly.os;

import dev.lastly.support.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A control group of the test's own, of version 1 or 2, whichever this machine has. */
final class ControlGroup implements AutoCloseable {
  private final Path group;

  private ControlGroup(Path hierarchy) throws IOException {
    this.group = Files.createTempDirectory(hierarchy, "lastly-test-");
  }

  /** One with a memory limit. */
  static ControlGroup limited(Path scratch, long bytes) throws Exception {
    Path two = unified(scratch);
    Path controllers = two.resolve("cgroup.controllers");
    if (List.of(Files.readString(controllers).strip().split(" ")).contains("memory")) {
      Files.writeString(two.resolve("cgroup.subtree_control"), "+memory");
      ControlGroup group = new ControlGroup(two);
      group.write("memory.max", Long.toString(bytes));
      return group;
    }
    ControlGroup group = new ControlGroup(mounted(scratch, "cgroup", "memory"));
    group.write("memory.limit_in_bytes", Long.toString(bytes));
    return group;
  }

  /** One that can be frozen. */
  static ControlGroup freezable(Path scratch) throws Exception {
    return new ControlGroup(unified(scratch));
  }

  private static Path unified(Path scratch) throws Exception {
    return mounted(scratch, "cgroup2", "");
  }

  private static Path mounted(Path scratch, String type, String option) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
      String[] mount = line.split(" ", -1);
      if (mount[2].equals(type)
          && (option.isEmpty() || List.of(mount[3].split(",", -1)).contains(option))) {
        return Path.of(mount[1]);
      }
    }
    Path point = Files.createDirectories(scratch.resolve(type + option));
    Shell.run(
        "mount", "-t", type, "-o", option.isEmpty() ? "rw" : option, "none", point.toString());
    return point;
  }

  void add(long pid) throws IOException {
    write("cgroup.procs", Long.toString(pid));
  }

  void freeze() throws Exception {
    write("cgroup.freeze", "1");
    Await.until(
        "the group is frozen",
        () -> Files.readString(group.resolve("cgroup.events")).contains("frozen 1"));
  }

  void thaw() throws IOException {
    write("cgroup.freeze", "0");
  }

  /** How many processes the kernel has killed here for want of memory. */
  long oomKills() throws IOException {
    boolean two = Files.exists(group.resolve("memory.events"));
    return Files.readAllLines(group.resolve(two ? "memory.events" : "memory.oom_control")).stream()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length())))
        .sum();
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(group.resolve(file), text);
  }

  @Override
  public void close() throws Exception {
    if (Files.exists(group.resolve("cgroup.freeze"))) {
      thaw();
    }
    Await.until(
        "the group is empty", () -> Files.readString(group.resolve("cgroup.procs")).isEmpty());
    Files.delete(group);
  }
}
