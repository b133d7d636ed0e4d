package dev.lastly.cli;

import dev.lastly.cleanup.ProcessGroup;
import dev.lastly.internal.child.GatedProgram;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * The user's program, in a session of its own, with this process's standard streams. It waits at a
 * gate until {@link #begin}. For one thread; {@link #signal} may be called by any thread.
 */
final class Program implements AutoCloseable {
  private final GatedProgram gated;
  private final Process process;

  private Program(GatedProgram gated) {
    this.gated = gated;
    this.process = gated.process();
  }

  /** Starts the program, which then waits at the gate. */
  static Program start(List<String> arguments, Map<String, String> variables) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(arguments).inheritIO();
    builder.environment().putAll(variables);
    return new Program(GatedProgram.start(builder, ProcessGroup::ofOnlyProgram));
  }

  ProcessGroup group() {
    return gated.group();
  }

  /** Lets the program begin. */
  void begin(JobTicket ticket) throws IOException {
    gated.begin(JobTicket.VARIABLE + "=" + ticket);
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
    gated.close();
  }
}
