package dev.lastly.cleanup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The command line of docker or podman, as far as both agree. Immutable.
 *
 * @param program its name, found on the {@code PATH}, or its absolute path
 */
record ContainerEngine(String program) {
  /** The digits of an id that {@code docker ps} shows. */
  static final int SHORT_ID = 12;

  /** The word at the start finds the line among warnings, such as those of podman's "docker". */
  private static final String FORMAT = "lastly {{.Id}} {{.State.Status}} {{.Name}}";

  private static final Pattern INSPECTED =
      Pattern.compile("(?m)^lastly ([0-9a-f]+) (\\w+) /?(\\S+)\\s*$");

  /**
   * docker: "Error: No such container: x", since 2024 "Error response from daemon: No such
   * container: x"; podman: "no such container x", "no container with name or ID "x" found: no such
   * container".
   */
  private static final Pattern NONE =
      Pattern.compile("(?i)no such (container|object)|no container with (name or )?id");

  private static final Pattern IN_PROGRESS = Pattern.compile("(?i)already in progress");

  private static final Pattern ID = Pattern.compile("(?m)^[0-9a-f]{64}$");

  private static final Pattern SHORT = Pattern.compile("[0-9a-f]{" + SHORT_ID + ",64}");

  /**
   * The container of this name or id.
   *
   * @return the container; null if the engine answers that it has none
   * @throws IOException if it gives no such answer
   */
  @Nullable ContainerState inspect(String name)
      throws CommandFailedException, IOException, InterruptedException {
    List<String> arguments = List.of("container", "inspect", "--format", FORMAT, name);
    CommandOutput output = run(arguments);
    Matcher inspected = INSPECTED.matcher(output.text());
    if (output.exitCode() == 0 && inspected.find()) {
      String id = inspected.group(1);
      boolean meant =
          inspected.group(3).equals(name) || (SHORT.matcher(name).matches() && id.startsWith(name));
      return meant ? new ContainerState(id, inspected.group(2)) : null;
    }
    if (output.exitCode() != 0 && NONE.matcher(output.text()).find()) {
      return null;
    }
    throw noAnswer("whether there is a container '" + name + "'", output);
  }

  /**
   * The full ids of all containers with a label, or the first and the last of many.
   *
   * @throws IOException if the engine gives no answer
   */
  List<String> withLabel(String label)
      throws CommandFailedException, IOException, InterruptedException {
    CommandOutput output =
        run(List.of("ps", "--all", "--quiet", "--no-trunc", "--filter", "label=" + label));
    if (output.exitCode() != 0) {
      throw noAnswer("which containers have the label '" + label + "'", output);
    }
    return ID.matcher(output.text()).results().map(match -> match.group()).toList();
  }

  /** Asks the engine to do something to a container. */
  CommandOutput end(ContainerVerb verb, ContainerState container)
      throws CommandFailedException, InterruptedException {
    if (verb != ContainerVerb.REMOVE && container.status().equals("paused")) {
      // Podman neither stops nor kills a paused container.
      CommandOutput unused = run(List.of("unpause", container.id()));
    }
    return end(verb, List.of(container.id()));
  }

  /** Asks the engine to do something to containers. */
  CommandOutput end(ContainerVerb verb, List<String> ids)
      throws CommandFailedException, InterruptedException {
    List<String> arguments = new ArrayList<>(verb.arguments());
    arguments.addAll(ids);
    return run(arguments);
  }

  /** Whether a container that is left after {@link #end} may still end without a change. */
  boolean maySucceed(CommandOutput said, ContainerState left) {
    return said.exitCode() == 0
        || left.status().equals("removing")
        || IN_PROGRESS.matcher(said.text()).find()
        || NONE.matcher(said.text()).find(); // it is another one by now
  }

  private CommandOutput run(List<String> arguments)
      throws CommandFailedException, InterruptedException {
    List<String> all = new ArrayList<>();
    all.add(program);
    all.addAll(arguments);
    return Commands.run(new Command(all, Map.of(), null, Containers.LIMIT, Command.ANY_EXIT_CODE));
  }

  private IOException noAnswer(String question, CommandOutput output) {
    return new IOException(
        program
            + " does not tell "
            + question
            + ": it exited with "
            + output.exitCode()
            + " and said: "
            + output.text().strip()
            + " (start its daemon, or take it off the PATH if no container is its)");
  }
}
