package dev.lastly.internal.child;

import dev.lastly.cleanup.ProcessGroup;
import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.posix.UserLocale;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A program in a session of its own, that waits at a gate until {@link #begin}. Between the two its
 * end is registered, so a crash of this process at any moment leaves either no program or a row
 * that ends it: if this process dies before {@link #begin}, the program never begins. For one
 * thread.
 *
 * <p>The child is a shell that waits at the {@link StartGate} and then becomes the program, so the
 * {@link Process} is the program's: same pid, same streams, its exit status.
 */
public final class GatedProgram implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String DEFAULT_PATH = "/bin:/usr/bin";
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final StartGate gate;
  private final Process process;
  private final ProcessGroup group;
  private boolean begun;

  private GatedProgram(StartGate gate, Process process, ProcessGroup group) {
    this.gate = gate;
    this.process = process;
    this.group = group;
  }

  /**
   * Identifies the session of a child, as {@link ProcessGroup#of(Process)} does.
   *
   * <p>May throw while the child has not made its session yet.
   */
  public interface Identification {
    /** The session that this child leads. */
    ProcessGroup of(Process child) throws IOException;
  }

  /**
   * Starts the program, which then waits at the gate.
   *
   * @param program with its arguments, environment, directory and redirections; not changed
   * @param identification how to identify its session
   * @throws IOException if there is no such program, no {@code setsid}, or no process can be
   *     started
   */
  public static GatedProgram start(ProcessBuilder program, Identification identification)
      throws IOException {
    requireProgram(program);
    // Of util-linux; makes the session. The JDK looks for it on the PATH of this process.
    String own = System.getenv("PATH");
    requireOnPath("setsid", own == null ? DEFAULT_PATH : own, new File(""));
    StartGate gate = StartGate.open();
    try {
      Process process = behind(gate, program).start();
      try {
        return new GatedProgram(gate, process, await(process, identification));
      } catch (Throwable e) { // whatever it is, no child may be left; it is thrown on
        kill(process);
        throw e;
      }
    } catch (Throwable e) { // there is no child, or not any more
      gate.close();
      throw e;
    }
  }

  private static ProcessBuilder behind(StartGate gate, ProcessBuilder program) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("setsid", "/bin/sh", "-c", StartGate.WAIT, "lastly"));
    command.add(gate.path().toString());
    command.addAll(oddVariables(program));
    command.addAll(program.command());
    ProcessBuilder gated =
        new ProcessBuilder(command)
            .directory(program.directory())
            .redirectInput(program.redirectInput())
            .redirectOutput(program.redirectOutput())
            .redirectError(program.redirectError())
            .redirectErrorStream(program.redirectErrorStream());
    Map<String, String> environment = gated.environment();
    environment.clear();
    environment.putAll(program.environment());
    UserLocale.restore(environment);
    return gated;
  }

  /** For env(1): some shells drop variables whose names are not valid in the shell. */
  private static List<String> oddVariables(ProcessBuilder program) {
    List<String> env = new ArrayList<>(List.of("env", "--"));
    program
        .environment()
        .forEach(
            (name, value) -> {
              if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                env.add(name + "=" + value);
              }
            });
    // Else env(1) would read it as a variable.
    boolean possible = program.command().get(0).indexOf('=') < 0;
    return env.size() > 2 && possible ? env : List.of();
  }

  /** The shell would tell this only by its exit status. */
  private static void requireProgram(ProcessBuilder builder) throws IOException {
    String program = builder.command().get(0);
    File directory = builder.directory() == null ? new File("") : builder.directory();
    if (!directory.getAbsoluteFile().isDirectory()) {
      throw new IOException(
          String.format(
              Locale.ROOT, "cannot run '%s': its directory %s does not exist", program, directory));
    }
    if (program.indexOf('/') >= 0) {
      File file = new File(program);
      File there = file.isAbsolute() ? file : new File(directory.getAbsoluteFile(), program);
      if (!there.isFile() || !there.canExecute()) {
        throw new IOException(
            String.format(
                Locale.ROOT, "cannot run '%s': %s is no executable file", program, there));
      }
      return;
    }
    String path = builder.environment().getOrDefault("PATH", DEFAULT_PATH);
    requireOnPath(program, path, directory);
  }

  private static void requireOnPath(String program, String path, File directory)
      throws IOException {
    boolean found =
        List.of(path.split(":", -1)).stream()
            .map(place -> new File(place.isEmpty() ? "." : place))
            .map(
                place ->
                    place.isAbsolute()
                        ? place
                        : new File(directory.getAbsoluteFile(), place.getPath()))
            .map(place -> new File(place, program))
            .anyMatch(file -> file.isFile() && file.canExecute());
    if (!found) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "cannot run '%s': no directory of its PATH (%s) has an executable file of that name",
              program,
              path));
    }
  }

  private static ProcessGroup await(Process process, Identification identification)
      throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return identification.of(process);
      } catch (IOException e) { // it leads no session yet
        if (!process.isAlive() || System.nanoTime() - deadline > 0) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** The child. Until {@link #begin} it is a shell that waits. */
  public Process process() {
    return process;
  }

  /** The session that it leads, with all processes that it will start. */
  public ProcessGroup group() {
    return group;
  }

  /**
   * Lets the program begin, and returns when it has: before that, a gate that closes would stop it.
   *
   * @param variable one more variable of its environment, as {@code NAME=value} on one line; empty
   *     for none
   * @throws IOException if the child does not get through the gate
   */
  public void begin(String variable) throws IOException {
    gate.letPass(variable);
    Path command = Path.of("/proc", Long.toString(process.pid()), "cmdline");
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (process.isAlive()) {
      String arguments = argumentsOf(command);
      if (hasBegun(arguments)) {
        break;
      }
      if (System.nanoTime() - deadline > 0) {
        if (arguments.isEmpty()) { // no execve(2) takes that long: the program has erased them
          break;
        }
        throw new IOException(
            String.format(
                Locale.ROOT,
                "process %d still waits at its gate after %d s, although it was let pass",
                process.pid(),
                PATIENCE.toSeconds()));
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    begun = true;
  }

  private static String argumentsOf(Path command) {
    try {
      return Posix.textOf(command);
    } catch (IOException e) {
      return ""; // it is ending: the next look finds it dead
    }
  }

  /**
   * Whether a process with these arguments is the program, and not the shell or its {@code setsid}.
   * None tell nothing: a process has none while execve(2) exchanges its memory, and the child
   * executes the shell, too.
   */
  static boolean hasBegun(String arguments) {
    return !arguments.isEmpty() && !arguments.contains(StartGate.WAIT);
  }

  /**
   * Closes the gate: a program that has not begun never begins. Its process ends first: it may not
   * have opened the gate yet, and would then find another gate under the same number.
   */
  @Override
  public void close() throws IOException {
    try {
      if (!begun) {
        kill(process);
      }
    } finally {
      gate.close();
    }
  }

  /** Ends the child, and returns when it has ended. Not interruptible: its gate closes next. */
  private static void kill(Process child) {
    child.destroyForcibly();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (child.isAlive() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
