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

  Stream<CheckResult> all() {
    return Stream.<Supplier<CheckResult>>of(
            this::java,
            this::bootId,
            this::pidNamespace,
            this::processes,
            this::clock,
            this::setsid)
        .map(Supplier::get);
  }

  private CheckResult java() {
    String version =
        String.format(
            Locale.ROOT,
            "Java %s on %s %s",
            System.getProperty("java.version"),
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
    Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    if (!charset.equals(StandardCharsets.UTF_8)) {
      return CheckResult.warn(
          "java",
          version
              + "; file names are read as "
              + charset
              + ", so file names with other characters cannot be used; set LC_ALL to a UTF-8"
              + " locale, such as C.UTF-8");
    }
    return CheckResult.ok("java", version);
  }

  private CheckResult bootId() {
    Path file = PROC.resolve("sys/kernel/random/boot_id");
    try {
      return CheckResult.ok("boot-id", Files.readString(file).strip());
    } catch (IOException e) {
      return CheckResult.fail(
          "boot-id",
          file
              + " cannot be read ("
              + e
              + "), so owners before a reboot cannot be told from owners after it; mount /proc");
    }
  }

  private CheckResult pidNamespace() {
    Path link = PROC.resolve("self/ns/pid");
    try {
      String init = ProcessHandle.current().pid() == 1 ? "; this process is its init" : "";
      return CheckResult.ok("pid-ns", Files.readSymbolicLink(link) + init);
    } catch (IOException e) {
      return CheckResult.warn(
          "pid-ns",
          link
              + " cannot be read ("
              + e
              + "), so process ids are no evidence and only locks count; mount /proc");
    }
  }

  /** Without process 1 an absence proves nothing, see docs/ownership.md. */
  private CheckResult processes() {
    boolean initShown = Files.exists(PROC.resolve("1"));
    try {
      long pid = ProcessId.current().pid();
      return initShown
          ? CheckResult.ok("processes", "/proc shows this process (" + pid + ") and others")
          : CheckResult.warn(
              "processes",
              "/proc hides other users' processes (hidepid), so a missing process is no evidence"
                  + " and only locks count; mount /proc without hidepid, or with gid= of a group of"
                  + " the workers");
    } catch (IOException e) {
      return CheckResult.fail(
          "processes", "/proc does not show this process (" + e.getMessage() + "); mount /proc");
    }
  }

  private CheckResult clock() {
    Instant now = Instant.now();
    return now.isAfter(LONG_AGO)
        ? CheckResult.ok("clock", now.toString())
        : CheckResult.warn(
            "clock",
            now
                + " is wrong: expected a time after "
                + LONG_AGO
                + ". Once the clock is set, retries come late; verdicts do not depend on it. Start"
                + " the time service");
  }

  private CheckResult setsid() {
    Programs programs =
        new Programs(environment.getOrDefault("PATH", ""), Path.of("").toAbsolutePath());
    return programs
        .find("setsid")
        .map(path -> CheckResult.ok("setsid", path.toString()))
        .orElse(
            CheckResult.warn(
                "setsid",
                "not on the PATH; 'lastly run' cannot run without it; install util-linux"));
  }
}
