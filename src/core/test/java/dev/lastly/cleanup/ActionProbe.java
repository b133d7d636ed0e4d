package dev.lastly.cleanup;

import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * Runs a built-in action in a JVM of its own (another user, namespace, locale) and prints the
 * result: {@code done}, or the exception's name and message.
 */
final class ActionProbe {
  private ActionProbe() {}

  /** The action and its arguments; in texts, {@code ~u} stands for 'ü'. */
  public static void main(String[] arguments) throws InterruptedException {
    try {
      act(arguments[0], Arrays.copyOfRange(arguments, 1, arguments.length));
      System.out.println("done");
    } catch (IOException
        | CommandFailedException
        | UnresolvableFunctionException
        | IllegalArgumentException e) {
      System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private static void act(String action, String[] arguments)
      throws IOException, InterruptedException, CommandFailedException {
    switch (action) {
      case "terminate" -> Processes.terminate(id(arguments), Duration.ofSeconds(1));
      case "group" ->
          Processes.terminateGroup(new ProcessGroup(id(arguments), false), Duration.ofSeconds(1));
      case "initGroup" ->
          Processes.terminateGroup(new ProcessGroup(id(arguments), true), Duration.ofSeconds(1));
      case "removeContainer" -> Containers.remove(arguments[0]);
      case "unmount" -> Mounts.unmount(Path.of(arguments[0]));
      case "identify" -> {
        ProcessId unused = ProcessId.of(Long.parseLong(arguments[0]));
      }
      case "run" -> {
        CommandOutput unused =
            Commands.run(
                Command.of(
                    Arrays.stream(arguments)
                        .map(text -> text.replace("~u", "\u00fc"))
                        .toArray(String[]::new)));
      }
      case "runIn" -> {
        CommandOutput unused =
            Commands.run(
                new Command(
                    Command.of("pwd").arguments(),
                    Map.of(),
                    arguments[0].replace("~u", "\u00fc"),
                    Command.DEFAULT_TIMEOUT,
                    Set.of(0)));
      }
      case "runWith" -> {
        CommandOutput unused =
            Commands.run(
                Command.of("true").withEnvironment("A", arguments[0].replace("~u", "\u00fc")));
      }
      case "deleteTree" -> Cleanup.deleteTree(Path.of(arguments[0]));
      case "deleteFile" -> Cleanup.deleteFile(Path.of(arguments[0]));
      default -> throw new IllegalArgumentException(action);
    }
  }

  private static ProcessId id(String[] words) {
    return new ProcessId(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2], words[3]);
  }

  /** The words that {@link #id} reads. */
  static String[] words(ProcessId id) {
    return new String[] {id.pid() + "", id.startTicks() + "", id.bootId(), id.pidNamespace()};
  }
}
