package dev.lastly.chaos;

import static dev.lastly.crash.EventLog.Kind.GONE;
import static dev.lastly.crash.EventLog.Kind.KILLING;
import static dev.lastly.crash.EventLog.Kind.TERMINATING;

import dev.lastly.crash.EventLog;
import dev.lastly.crash.ProcessName;
import dev.lastly.support.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A JVM in the storm. Each signal to it is logged before it is sent. */
final class Victim implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 300;

  private final Process process;
  private final String name;
  private final EventLog log;
  private final Path errors;
  private boolean doomed;

  private Victim(Process process, EventLog log, Path errors) {
    this.process = process;
    this.name = ProcessName.of(process.pid());
    this.log = log;
    this.errors = errors;
  }

  /**
   * Starts one.
   *
   * @param bootId a file with the boot id that it sees, or null for the real one
   */
  static Victim start(
      @Nullable Path bootId, String mode, Path base, EventLog log, long seed, Path errors)
      throws IOException {
    List<String> command = new ArrayList<>();
    if (bootId != null) {
      String script = "mount --bind " + bootId + " /proc/sys/kernel/random/boot_id && exec \"$@\"";
      command.addAll(List.of("unshare", "-m", "sh", "-c", script, "sh"));
    }
    command.addAll(ChildJvm.command());
    command.addAll(
        List.of(
            ChaosWorker.class.getName(),
            mode,
            base.toString(),
            log.file().toString(),
            Long.toString(seed)));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.redirectError(errors.toFile());
    return new Victim(builder.start(), log, errors);
  }

  boolean isDoomed() {
    return doomed;
  }

  void kill() throws Exception {
    doomed = true;
    log.append(KILLING, name, "by chance");
    process.destroyForcibly();
    awaitEnd();
  }

  /** Ends in its own time: its functions may run elsewhere once its owner's row says so. */
  void terminate() {
    doomed = true;
    log.append(TERMINATING, name);
    process.destroy();
  }

  void stop() throws Exception {
    signal("STOP");
  }

  void resume() throws Exception {
    signal("CONT");
  }

  private void signal(String what) throws Exception {
    String pid = Long.toString(process.pid());
    int status = new ProcessBuilder("kill", "-" + what, pid).start().waitFor();
    if (status != 0 && process.isAlive()) {
      throw new AssertionError("could not send SIG" + what + " to " + name);
    }
  }

  /** Whether it has begun to do what it is there for. */
  boolean isAtWork() throws IOException {
    return process.isAlive() && process.getInputStream().available() > 0;
  }

  boolean hasEnded() {
    return !process.isAlive();
  }

  /** Waits for its end, which must be the one it was meant to have. */
  void awaitEnd() throws Exception {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw failure("did not end in " + PATIENCE_SECONDS + " s");
    }
    log.append(GONE, name);
    int status = process.exitValue();
    if (!doomed && status != 0) {
      throw failure("ended by itself with status " + status);
    }
  }

  private AssertionError failure(String what) throws IOException {
    return new AssertionError(
        "%s %s\nits standard error:\n%s".formatted(name, what, Files.readString(errors)));
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
