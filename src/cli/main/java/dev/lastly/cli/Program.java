package dev.lastly.cli;

import dev.lastly.cleanup.ProcessGroup;
import dev.lastly.internal.posix.UserLocale;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The user's program, in a session of its own, with this process's standard streams. It waits at a
 * gate until {@link #begin}. For one thread; {@link #signal} may be called by any thread.
 */
final class Program implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final StartGate gate;
  private final Process process;
  private final ProcessGroup group;

  private Program(StartGate gate, Process process, ProcessGroup group) {
    this.gate = gate;
    this.process = process;
    this.group = group;
  }

  /** Starts the program, which then waits at the gate. */
  static Program start(List<String> arguments, Map<String, String> variables) throws IOException {
    StartGate gate = StartGate.open();
    try {
      ProcessBuilder builder = new ProcessBuilder(command(gate, arguments)).inheritIO();
      UserLocale.restore(builder.environment());
      builder.environment().putAll(variables);
      Process process = builder.start();
      return new Program(gate, process, awaitGroup(process));
    } catch (Throwable e) { // the child ends at the gate
      gate.close();
      throw e;
    }
  }

  private static List<String> command(StartGate gate, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("setsid", "/bin/sh", "-c", StartGate.WAIT, "lastly"));
    command.add(gate.path().toString());
    command.addAll(oddVariables(arguments.get(0)));
    command.addAll(arguments);
    return command;
  }

  /** For env(1): some shells drop variables whose names are not valid in the shell. */
  private static List<String> oddVariables(String program) {
    List<String> env = new ArrayList<>(List.of("env", "--"));
    System.getenv()
        .forEach(
            (name, value) -> {
              if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                env.add(name + "=" + value);
              }
            });
    boolean possible = program.indexOf('=') < 0; // else env(1) would read it as a variable
    return env.size() > 2 && possible ? env : List.of();
  }

  private static ProcessGroup awaitGroup(Process process) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return ProcessGroup.ofOnlyProgram(process);
      } catch (IOException e) { // not the only program of its group yet
        if (!process.isAlive() || System.nanoTime() - deadline > 0) {
          process.destroyForcibly();
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  ProcessGroup group() {
    return group;
  }

  /** Lets the program begin. */
  void begin(JobTicket ticket) throws IOException {
    gate.letPass(ticket.toString());
  }

  /** Passes a signal on to all processes of the program. */
  void signal(String name) {
    if (!process.isAlive()) {
      return; // its pid may belong to another process
    }
    List<String> kill =
        List.of("/bin/sh", "-c", "kill -s \"$0\" -- \"-$1\"", name, process.pid() + "");
    try {
      new ProcessBuilder(kill)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      if (name.equals("TERM")) {
        process.destroy(); // no shell: ends the program itself at least
      }
    }
  }

  /** Waits for its end, and returns its status: 128 plus the signal's number if one ended it. */
  int await() throws InterruptedException {
    return process.waitFor();
  }

  /** Closes the gate: a program that has not begun ends without beginning. */
  @Override
  public void close() throws IOException {
    gate.close();
  }
}
