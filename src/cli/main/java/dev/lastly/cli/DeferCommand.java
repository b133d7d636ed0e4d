package dev.lastly.cli;

import dev.lastly.DeferredFunction;
import dev.lastly.Inspector;
import dev.lastly.Operator;
import dev.lastly.cleanup.Commands;
import dev.lastly.cleanup.ProcessGroup;
import dev.lastly.cleanup.ProcessId;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.model.OwnerRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Registers one more clean-up command in a program under {@code lastly run}. */
@Command(
    name = "defer",
    description = {
      "In a program under 'lastly run': register one more clean-up command.",
      "The command is on disk when lastly returns. It runs after the program has ended, before the"
          + " commands that were registered earlier."
    })
final class DeferCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Mixin private final CleanUpOptions options = new CleanUpOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "The command and its arguments. Put '--' before them.")
  private List<String> command = new ArrayList<>();

  DeferCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    RawArguments.requireUnderstood(lastly.arguments());
    String variable = lastly.environment().getOrDefault(JobTicket.VARIABLE, "");
    if (variable.isEmpty()) {
      throw CommandException.usage(
          "LASTLY_JOB is not set: 'lastly defer' works only in a program under 'lastly run'");
    }
    JobTicket ticket = JobTicket.parse(variable);
    Programs programs =
        new Programs(lastly.environment().getOrDefault("PATH", ""), Path.of("").toAbsolutePath());
    dev.lastly.cleanup.Command cleanUp = options.command(command, programs, lastly.environment());
    long id = register(ticket, cleanUp);
    if (lastly.json()) {
      lastly.print(new JsonObject().put("function_id", id).put("job_id", ticket.jobId()));
    }
    return ExitStatus.FINE;
  }

  private long register(JobTicket ticket, dev.lastly.cleanup.Command cleanUp) {
    try (Inspector inspector = lastly.inspect(ticket.stateDir());
        Operator operator = lastly.operate(ticket.stateDir())) {
      ProcessGroup group = group(ticket, inspector);
      DeferredFunction function =
          DeferredFunction.create(Commands::runAfter, group, options.grace(), cleanUp);
      return operator.defer(ticket.ownerId(), ticket.jobId(), function);
    }
  }

  /** The program's process group, with the boot id and pid namespace of its owner's row. */
  private static ProcessGroup group(JobTicket ticket, Inspector inspector) {
    List<OwnerRow> owners = inspector.owners(ticket.ownerId() - 1, 1);
    OwnerRow owner = owners.isEmpty() ? null : owners.get(0);
    if (owner == null || owner.startTicks() != ticket.ownerTicks()) {
      throw CommandException.look(
          String.format(
              Locale.ROOT,
              "the owner of this 'lastly run' is no longer in %s; nothing was registered. Was the"
                  + " state directory deleted?",
              inspector.database()));
    }
    ProcessId leader =
        new ProcessId(ticket.leader(), ticket.leaderTicks(), owner.bootId(), owner.pidNamespace());
    return new ProcessGroup(leader, ticket.startedByInit());
  }
}
