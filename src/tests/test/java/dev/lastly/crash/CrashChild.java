package dev.lastly.crash;

import dev.lastly.support.ChildJvm;
import dev.lastly.support.Sigkill;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A child JVM that runs {@link CrashMain} when it is told to. */
public final class CrashChild implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5); // of a machine that is busy
  private static final int KILLED = 128 + 9;

  private final Process process;
  private final Path errors;

  private CrashChild(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
  }

  /** How to start one. For one thread. */
  public static final class Launcher {
    private final List<String> prefix = new ArrayList<>();
    private final List<String> options = new ArrayList<>(List.of(Sigkill.OPTION));
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> arguments;
    private final Path errors;

    /**
     * A launcher.
     *
     * @param errors where its standard error goes
     * @param arguments of {@link CrashMain}
     */
    Launcher(Path errors, String... arguments) {
      this.errors = errors;
      this.arguments = List.of(arguments);
    }

    /** Runs the JVM under another program, which must end as the JVM does. */
    public Launcher under(String... command) {
      prefix.addAll(List.of(command));
      return this;
    }

    /** One more option of the JVM. */
    public Launcher option(String option) {
      options.add(option);
      return this;
    }

    /** One more variable of its environment. */
    public Launcher environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    CrashChild start() throws IOException {
      List<String> command = new ArrayList<>(prefix);
      command.addAll(ChildJvm.command(options, List.of()));
      command.add(CrashMain.class.getName());
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      builder.environment().putAll(environment);
      builder.redirectError(errors.toFile()).redirectOutput(ProcessBuilder.Redirect.DISCARD);
      return new CrashChild(builder.start(), errors);
    }
  }

  /**
   * Lets it go, and waits for its end.
   *
   * @return whether it survived; if not, SIGKILL has ended it
   */
  boolean run() throws Exception {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw failure("did not end in " + PATIENCE);
    }
    int status = process.exitValue();
    if (status != 0 && status != KILLED) {
      throw failure("ended with status " + status + " instead of being killed");
    }
    return status == 0;
  }

  private AssertionError failure(String what) throws IOException {
    return new AssertionError(
        "child %d %s\nits standard error:\n%s"
            .formatted(process.pid(), what, Files.readString(errors)));
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly); // if it runs under a program
    process.destroyForcibly().onExit().join();
  }
}
