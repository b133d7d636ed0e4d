package dev.lastly.cli;

import dev.lastly.cleanup.ProcessId;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The doctor's checks of the machine. */
final class MachineChecks {
  private static final Path PROC = Path.of("/proc");
  private static final Instant LONG_AGO = Instant.parse("2025-01-01T00:00:00Z");

  private final Map<String, String> environment;

  MachineChecks(Map<String, String> environment) {
    this.environment = environment;
  }

  Stream<Check> all() {
    return Stream.<Supplier<Check>>of(
            this::java,
            this::bootId,
            this::pidNamespace,
            this::processes,
            this::clock,
            this::setsid)
        .map(Supplier::get);
  }

  private Check java() {
    String version =
        String.format(
            Locale.ROOT,
            "Java %s on %s %s",
            System.getProperty("java.version"),
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
    Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    if (!charset.equals(StandardCharsets.UTF_8)) {
      return Check.warn(
          "java",
          version
              + "; file names are read as "
              + charset
              + ", so file names with other characters cannot be used; set LC_ALL to a UTF-8"
              + " locale, such as C.UTF-8");
    }
    return Check.ok("java", version);
  }

  private Check bootId() {
    Path file = PROC.resolve("sys/kernel/random/boot_id");
    try {
      return Check.ok("boot-id", Files.readString(file).strip());
    } catch (IOException e) {
      return Check.fail(
          "boot-id",
          file
              + " cannot be read ("
              + e
              + "), so owners before a reboot cannot be told from owners after it; mount /proc");
    }
  }

  private Check pidNamespace() {
    Path link = PROC.resolve("self/ns/pid");
    try {
      String init = ProcessHandle.current().pid() == 1 ? "; this process is its init" : "";
      return Check.ok("pid-ns", Files.readSymbolicLink(link) + init);
    } catch (IOException e) {
      return Check.warn(
          "pid-ns",
          link
              + " cannot be read ("
              + e
              + "), so process ids are no evidence and only locks count; mount /proc");
    }
  }

  /** If /proc hides process 1, a missing process proves nothing; see docs/ownership.md. */
  private Check processes() {
    boolean initShown = Files.exists(PROC.resolve("1"));
    try {
      long pid = ProcessId.current().pid();
      return initShown
          ? Check.ok("processes", "/proc shows this process (" + pid + ") and others")
          : Check.warn(
              "processes",
              "/proc hides other users' processes (hidepid), so a missing process is no evidence"
                  + " and only locks count; mount /proc without hidepid, or with gid= of a group of"
                  + " the workers");
    } catch (IOException e) {
      return Check.fail(
          "processes", "/proc does not show this process (" + e.getMessage() + "); mount /proc");
    }
  }

  private Check clock() {
    Instant now = Instant.now();
    return now.isAfter(LONG_AGO)
        ? Check.ok("clock", now.toString())
        : Check.warn(
            "clock",
            now
                + " is wrong: expected a time after "
                + LONG_AGO
                + ". Once the clock is set, retries come late; verdicts do not depend on it. Start"
                + " the time service");
  }

  private Check setsid() {
    Programs programs =
        new Programs(environment.getOrDefault("PATH", ""), Path.of("").toAbsolutePath());
    return programs
        .find("setsid")
        .map(path -> Check.ok("setsid", path.toString()))
        .orElse(
            Check.warn("setsid", "not on the PATH, and 'lastly run' needs it; install util-linux"));
  }
}
