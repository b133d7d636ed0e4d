package dev.lastly.os;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the system, and small ones in C. */
final class Shell {
  private Shell() {}

  /** Runs a program that must succeed; returns what it prints. */
  static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new AssertionError(List.of(command) + " failed: " + output);
    }
    return output.strip();
  }

  /** What runs a command after a script has changed the world around it, in a mount namespace. */
  static String[] mounted(String script) {
    return new String[] {"unshare", "-m", "sh", "-ec", script + "\nexec \"$@\"", "sh"};
  }

  /** Runs a command as pid 1 of a pid namespace of its own. */
  static String[] pidNamespace() {
    return new String[] {"unshare", "--pid", "--fork", "--kill-child", "--mount-proc"};
  }

  /** The same, and more mounts. */
  static String[] pidNamespace(String script) {
    return new String[] {
      "unshare",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "sh",
      "-ec",
      script + "\nexec \"$@\"",
      "sh"
    };
  }

  /** Compiles a program whose source lies beside the tests. */
  static Path compile(Path directory, String source) throws Exception {
    Path program = directory.resolve(source.replace(".c", ""));
    Path code = Path.of("src/tests/test/c").resolve(source).toAbsolutePath();
    run("gcc", "-O1", "-Wall", "-Werror", "-o", program.toString(), code.toString());
    return program;
  }
}
