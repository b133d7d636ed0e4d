package dev.lastly.cli;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.Inspector;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Commands;
import dev.lastly.cleanup.ProcessGroup;
import dev.lastly.cleanup.ProcessId;
import dev.lastly.cleanup.Processes;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs any program as a worker. */
@Command(
    name = "run",
    description = {
      "Run a program, and run its clean-up commands when it ends.",
      "If lastly itself is killed, another worker of this node, or 'lastly reap', runs the"
          + " commands. It ends the processes that are left of the program first. Clean-up commands"
          + " run newest first, in this working directory, and may run more than once.",
      "Exits with the program's status, or with 128 plus the number of the signal that ended it;"
          + " with 127 if there is no such program, 126 if it cannot be executed. SIGTERM, SIGINT,"
          + " SIGHUP, SIGUSR1 and SIGUSR2 are passed on to the program and its process group.",
      "Without --shell, COMMAND is split into words at blanks. Single quotes, double quotes and"
          + " backslashes keep words together. Nothing is expanded."
    })
final class RunCommand implements Callable<Integer> {
  private static final int MOST_COUNTED = 10_000;
  private static final int CANNOT_RUN = 125;
  private static final int NOT_EXECUTABLE = 126;
  private static final int NOT_FOUND = 127;

  private final Lastly lastly;

  @Option(
      names = "--job",
      paramLabel = "NAME",
      description = "The name of the job. Default: the name of the program.")
  private @Nullable String job;

  @Option(
      names = "--defer",
      paramLabel = "COMMAND",
      description = "A clean-up command, to run after the program has ended. May be repeated.")
  private List<String> deferred = new ArrayList<>();

  @Mixin private final CleanUpOptions options = new CleanUpOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "PROGRAM",
      description = "The program and its arguments. Put '--' before them.")
  private List<String> program = new ArrayList<>();

  RunCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    RawArguments.requireUnderstood(lastly.arguments());
    Programs programs =
        new Programs(lastly.environment().getOrDefault("PATH", ""), Path.of("").toAbsolutePath());
    requireProgram(programs);
    List<dev.lastly.cleanup.Command> commands =
        deferred.stream()
            .map(text -> options.command(text, programs, lastly.environment()))
            .toList();
    String name = jobName();
    Path stateDir = lastly.stateDir();
    // Until the program has begun, a signal ends the job, and so the program.
    Settings settings =
        lastly.settings().label("lastly run").onShutdown(OnShutdown.INTERRUPT).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(stateDir, settings)) {
      return new Run(manager, stateDir).all(name, commands);
    }
  }

  private void requireProgram(Programs programs) {
    if (programs.find("setsid").isEmpty()) {
      throw CommandException.of(
          CANNOT_RUN,
          "no program 'setsid' on the PATH; lastly needs it to make a process group. Install"
              + " util-linux");
    }
    Optional<Path> found = programs.find(program.get(0));
    if (found.isEmpty()) {
      Path file = Path.of("").toAbsolutePath().resolve(program.get(0));
      boolean there = program.get(0).indexOf('/') >= 0 && Files.exists(file);
      throw CommandException.of(
          there ? NOT_EXECUTABLE : NOT_FOUND,
          there
              ? "'" + file + "' cannot be executed; make it executable, or give another program"
              : "no program '"
                  + program.get(0)
                  + "'; give its path, or put its directory on the PATH");
    }
  }

  private String jobName() {
    String given = job;
    if (given != null) {
      return given;
    }
    Path name = Path.of(program.get(0)).getFileName();
    String text = name == null ? program.get(0) : name.toString();
    String plain = text.replaceAll("\\p{Cntrl}", "?");
    return plain.substring(0, Math.min(plain.length(), Settings.MAX_LABEL_LENGTH));
  }

  /** One run of the program, under one owner. */
  private final class Run {
    private final DeferredFunctionManager manager;
    private final Path stateDir;

    Run(DeferredFunctionManager manager, Path stateDir) {
      this.manager = manager;
      this.stateDir = stateDir;
    }

    int all(String name, List<dev.lastly.cleanup.Command> commands)
        throws IOException, InterruptedException {
      int status;
      long jobId;
      try (JobContext context = manager.openJob(name);
          Program child = Program.start(program, Map.of("LASTLY_STATE_DIR", stateDir.toString()))) {
        register(context, child.group(), commands);
        jobId = context.id().orElseThrow();
        try (Signals signals = Signals.tell(Signals.PASSED_ON, child::signal)) {
          child.begin(ticket(jobId, child.group()));
          status = child.await();
        }
        endRest(child.group());
      }
      tell(status, jobId);
      return status;
    }

    /** Registers the end of the process group last, so that it runs first. */
    private void register(
        JobContext context, ProcessGroup group, List<dev.lastly.cleanup.Command> commands) {
      Duration grace = options.grace();
      for (dev.lastly.cleanup.Command command : commands) {
        DeferredHandle unused = context.defer(Commands::runAfter, group, grace, command);
      }
      DeferredHandle unused = context.defer(Processes::terminateGroup, group, grace);
    }

    private JobTicket ticket(long jobId, ProcessGroup group) {
      return new JobTicket(
          manager.ownerId(),
          ownerTicks(),
          jobId,
          group.leader().pid(),
          group.leader().startTicks(),
          group.startedByInit(),
          stateDir);
    }

    /** From the owner's row: in a time namespace they differ from those of {@link ProcessId}. */
    private long ownerTicks() {
      try (Inspector inspector = Inspector.open(stateDir)) {
        return inspector.owners(manager.ownerId() - 1, 1).get(0).startTicks();
      }
    }

    /** Ends the rest of the program before the job ends, so that it cannot register more. */
    private void endRest(ProcessGroup group) throws InterruptedException {
      try {
        Processes.terminateGroup(group, options.grace());
      } catch (IOException | UnresolvableFunctionException e) {
        lastly.terminal().err().println("lastly: warning: " + e.getMessage());
      }
    }

    private void tell(int status, long jobId) {
      long left = left(jobId);
      PrintStream err = lastly.terminal().err();
      if (lastly.json()) {
        err.println(
            new JsonObject()
                .put("owner_id", manager.ownerId())
                .put("job_id", jobId)
                .put("exit_status", status)
                .put("not_done", left));
      } else if (left > 0) {
        String what = Amounts.count(left, "clean-up function is", "clean-up functions are");
        err.println(
            "lastly: "
                + what
                + " not done yet; another worker or 'lastly reap' tries again, see 'lastly list'");
      }
    }

    /**
     * How many of the job's functions are not done, including those that the program registered.
     */
    private long left(long jobId) {
      FunctionFilter open = FunctionFilter.all().owner(manager.ownerId()).states(ListCommand.OPEN);
      try (Inspector inspector = lastly.inspect()) {
        return inspector.functions(open, 0, MOST_COUNTED).stream()
            .filter(row -> row.jobId() == jobId)
            .count();
      }
    }
  }
}
