package dev.lastly.cleanup;

import dev.lastly.fuzz.Oracle;
import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.Settings;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Command} of each input, which has one part to a line, such as {@code arg rm}; what
 * is not refused must come back from its JSON as it was. Nothing is started.
 */
public final class CommandFuzz {
  private static final Codec CODEC = Codec.create(Settings.defaults());

  private final List<String> arguments = new ArrayList<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final Set<Integer> codes = new TreeSet<>();
  private @Nullable String directory;
  private Duration timeout = Command.DEFAULT_TIMEOUT;

  private CommandFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    CommandFuzz parts = new CommandFuzz();
    for (String line : Oracle.text(input).split("\n", -1)) {
      parts.add(line);
    }
    parts.check();
  }

  private void add(String line) {
    int space = line.indexOf(' ');
    String value = line.substring(space + 1);
    switch (space < 0 ? "" : line.substring(0, space)) {
      case "env" ->
          environment.put(value.replaceFirst("=.*", ""), value.replaceFirst("[^=]*=", ""));
      case "dir" -> directory = value;
      case "timeout" -> timeout = duration(value);
      case "code" -> codes.add(value.hashCode() % 300);
      default -> arguments.add(value);
    }
  }

  private static Duration duration(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeException e) {
      return Duration.ofNanos(text.hashCode());
    }
  }

  private void check() {
    Command command;
    try {
      command = new Command(arguments, environment, directory, timeout, codes);
    } catch (IllegalArgumentException e) {
      Oracle.requireClear(e);
      return;
    }
    String program = command.arguments().get(0);
    Oracle.require(
        !program.isEmpty() && (program.startsWith("/") || !program.contains("/")),
        () -> "another directory, another program: " + program);
    Oracle.require(command.arguments().equals(arguments), () -> "arguments were changed");
    Oracle.require(!command.toString().contains("\0"), () -> "NUL ends an argument early");
    Oracle.require(command.equals(fromJson(command)), () -> "came back different: " + command);
  }

  private static @Nullable Object fromJson(Command command) {
    EncodedCall call;
    try {
      call = Codec.encode((Action.Of1<Command>) Commands::run, List.of(command));
    } catch (FunctionRefusedException e) {
      throw new AssertionError("a command that cannot be deferred: " + command, e);
    }
    return CODEC
        .resolve(call.function(), call.classDigest(), call.name())
        .bind(call.arguments())
        .arguments()
        .get(0);
  }
}
