package dev.lastly.cleanup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Determines whether a process that {@code /proc} does not show exists. Where {@code /proc} may
 * hide processes, it uses kill(2), which answers for every process: "no such process" proves
 * absence, "not permitted" does not. Stateless.
 */
final class Absence {
  private static final int PATIENCE_SECONDS = 10;

  private Absence() {}

  /** Whether no process has this pid. */
  static boolean ofProcess(long pid) throws IOException {
    return ProcVisibility.isWhole() || !isThere(Long.toString(pid));
  }

  /** Whether no process is left in the process group of this leader. */
  static boolean ofGroup(long leader) throws IOException {
    return ProcVisibility.isWhole() || !isThere("-" + leader);
  }

  /** Calls kill(2) through a shell, because Java has no such call. */
  private static boolean isThere(String number) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", "-c", "kill -0 \"$0\"", number).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process shell = builder.start();
    shell.getOutputStream().close();
    String output;
    try (var in = shell.getInputStream()) {
      output = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
    if (exitCode(shell) != 0 && output.contains("No such process")) {
      return false;
    }
    if (exitCode(shell) == 0 || output.contains("not permitted")) {
      return true;
    }
    throw new IOException("'kill -0 " + number + "' was not understood: " + output.strip());
  }

  /** The exit code of a shell whose output has ended, so that it ends at once. */
  private static int exitCode(Process shell) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          if (!shell.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            shell.destroyForcibly();
            throw new IOException("the shell that runs 'kill -0' does not end");
          }
          return shell.exitValue();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
