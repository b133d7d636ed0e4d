package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.Operator;
import dev.lastly.cli.fleet.FleetConsole;
import dev.lastly.cli.log.LineProvider;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Terminal;
import dev.lastly.internal.posix.UserLocale;
import dev.lastly.model.Settings;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/**
 * The program {@code lastly}. {@code docs/cli.md} describes each command with its options, output
 * and exit status.
 */
@Command(
    name = "lastly",
    versionProvider = VersionProvider.class,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Inspect and manage the deferred functions of this node, or of a fleet: what waits, which"
            + " owner runs it, what failed.",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:success",
      "1:something needs an operator, or a command was refused",
      "2:the command line is wrong",
      "3:the state directory, the fleet, or something else that the command needs, cannot be used",
    },
    footer = {
      "",
      "The state directory is the one with which the workers open their managers. 'lastly run'"
          + " exits with the status of its program."
    })
public final class Lastly {
  /** Common options with a value. */
  private static final Set<String> VALUED = Set.of("--state-dir", "--fleet", "--fleet-schema");

  /** The commands that a fleet has. */
  private static final Set<String> OF_A_FLEET =
      Set.of(
          "status",
          "list",
          "show",
          "owners",
          "nodes",
          "events",
          "reap",
          "retry",
          "cancel",
          "quarantine",
          "discard",
          "report",
          "help");

  private final Terminal terminal;
  private final Map<String, String> environment;
  private final List<String> arguments;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "The state directory. Default: $$LASTLY_STATE_DIR.")
  private @Nullable Path stateDir;

  @Option(
      names = "--fleet",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      description = "The fleet in this PostgreSQL database, by JDBC. Default: $$LASTLY_FLEET.")
  private @Nullable String fleet;

  @Option(
      names = "--fleet-schema",
      paramLabel = "NAME",
      scope = ScopeType.INHERIT,
      description = "The schema of the fleet. Default: lastly.")
  private @Nullable String fleetSchema;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print JSON, one object per line.")
  private boolean json;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print all log messages, and the stack traces of failures.")
  private boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show the version.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean version;

  private Lastly(Terminal terminal, Map<String, String> environment, List<String> arguments) {
    this.terminal = terminal;
    this.environment = environment;
    this.arguments = arguments;
  }

  /**
   * Runs a command and exits.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    UserLocale.restore(environment);
    LineProvider.choose(Arrays.asList(args).contains("--debug"));
    Terminal terminal = Terminal.system(environment);
    OrphanedProcesses.waitForThemIfInit(terminal.err());
    System.exit(run(terminal, environment, args));
  }

  /** Runs a command and returns its exit status. */
  static int run(Terminal terminal, Map<String, String> environment, String... args) {
    Lastly lastly = new Lastly(terminal, environment, List.of(args));
    int status = lastly.commandLine().execute(args);
    terminal.out().flush();
    String failure = terminal.failure();
    if (failure != null) {
      terminal.err().println("lastly: cannot write to standard output: " + failure);
      return ExitStatus.UNUSABLE;
    }
    return status;
  }

  /** The parser with all commands, for completion and the manual page. */
  static CommandLine commandLine(Terminal terminal) {
    return new Lastly(terminal, Map.of(), List.of()).commandLine();
  }

  private CommandLine commandLine() {
    CommandLine line = new CommandLine(this);
    Map<String, Supplier<Callable<Integer>>> commands = commands();
    String wanted = firstWord();
    if (commands.containsKey(wanted)) {
      commands.keySet().retainAll(List.of(wanted));
    }
    commands.forEach((name, command) -> line.addSubcommand(name, command.get()));
    line.getSubcommands()
        .forEach(
            (name, command) -> { // an option after the program's name is the program's
              command.setStopAtPositional(name.equals("run") || name.equals("defer"));
            });
    line.setExpandAtFiles(false); // an argument of the user's program may begin with '@'
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpWidth(100);
    line.setColorScheme(Help.defaultColorScheme(terminal.colours() ? Help.Ansi.ON : Help.Ansi.OFF));
    line.setOut(writer(terminal.out()));
    line.setErr(writer(terminal.err()));
    line.setExecutionStrategy(this::execute);
    ErrorHandling.handle(this, line);
    return line;
  }

  private int execute(ParseResult parsed) {
    if (parsed.hasSubcommand() && fleet != null) {
      CommandSpec command = parsed.subcommand().commandSpec();
      if (!OF_A_FLEET.contains(command.name())) {
        throw new ParameterException(
            command.commandLine(),
            "'lastly "
                + command.name()
                + "' is about one node, and a fleet has no such command; leave out --fleet");
      }
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  /**
   * Whether the command is about a fleet. A state directory on the command line is stronger than
   * LASTLY_FLEET.
   */
  boolean isFleet() {
    return fleet != null || (stateDir == null && !fleetVariable().isEmpty());
  }

  /** Whether a reaper is one of a fleet, whatever its state directory is. */
  boolean isFleetGiven() {
    return fleet != null || !fleetVariable().isEmpty();
  }

  private String fleetVariable() {
    return environment.getOrDefault("LASTLY_FLEET", "");
  }

  /** The given fleet. */
  FleetConsole fleet() {
    String url = fleet == null ? fleetVariable() : fleet;
    try {
      return FleetConsole.of(terminal, json, url, fleetSchema, environment);
    } catch (IllegalArgumentException e) {
      throw CommandException.usage(String.valueOf(e.getMessage()));
    }
  }

  /** The command's name: the first argument that is neither a common option nor its value. */
  private String firstWord() {
    Iterator<String> words = arguments.iterator();
    while (words.hasNext()) {
      String word = words.next();
      if (VALUED.contains(word) && words.hasNext()) {
        words.next();
      } else if (!word.startsWith("-")) {
        return word;
      }
    }
    return "";
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  /**
   * All commands. Each is created only when it is needed, because creating all takes longer than
   * most commands run.
   */
  private Map<String, Supplier<Callable<Integer>>> commands() {
    Map<String, Supplier<Callable<Integer>>> commands = new LinkedHashMap<>();
    commands.put("status", () -> new StatusCommand(this));
    commands.put("list", () -> new ListCommand(this));
    commands.put("show", () -> new ShowCommand(this));
    commands.put("owners", () -> new OwnersCommand(this));
    commands.put("nodes", () -> new NodesCommand(this));
    commands.put("events", () -> new EventsCommand(this));
    commands.put("reap", () -> new ReapCommand(this));
    commands.put("retry", () -> new RetryCommand(this));
    commands.put("cancel", () -> new CancelCommand(this));
    commands.put("quarantine", () -> new QuarantineCommand(this));
    commands.put("discard", () -> new DiscardCommand(this));
    commands.put("run", () -> new RunCommand(this));
    commands.put("defer", () -> new DeferCommand(this));
    commands.put("export", () -> new ExportCommand(this));
    commands.put("prune", () -> new PruneCommand(this));
    commands.put("backup", () -> new BackupCommand(this));
    commands.put("report", () -> new ReportCommand(this));
    commands.put("ui", () -> new UiCommand(this));
    commands.put("doctor", () -> new DoctorCommand(this));
    commands.put("demo", () -> new DemoCommand(this));
    commands.put("help", () -> new HelpCommand(this));
    return commands;
  }

  Terminal terminal() {
    return terminal;
  }

  Map<String, String> environment() {
    return environment;
  }

  /** The whole command line. */
  List<String> arguments() {
    return arguments;
  }

  boolean json() {
    return json;
  }

  boolean debug() {
    return debug;
  }

  /** The state directory, as an absolute path; null if none is given. */
  @Nullable Path stateDirIfGiven() {
    boolean given = stateDir != null || !environment.getOrDefault("LASTLY_STATE_DIR", "").isEmpty();
    return given ? stateDir() : null;
  }

  /** The given state directory, as an absolute path. */
  Path stateDir() {
    Path given = stateDir;
    String variable = environment.getOrDefault("LASTLY_STATE_DIR", "");
    if (given == null && variable.isEmpty()) {
      throw CommandException.usage(
          "no state directory is given; give --state-dir DIR or set LASTLY_STATE_DIR, the directory"
              + " with which the workers open their managers");
    }
    if (given != null) {
      RawArguments.requireUnderstood(arguments);
    }
    try {
      if (variable.indexOf('\uFFFD') < 0) {
        return (given == null ? Path.of(variable) : given).toAbsolutePath().normalize();
      }
    } catch (InvalidPathException e) {
      // The locale has no such characters: refused below, like characters that it could not read.
    }
    throw CommandException.usage(
        "LASTLY_STATE_DIR has characters that are not in the locale's character set; set LC_ALL to"
            + " a UTF-8 locale, such as C.UTF-8");
  }

  /** The settings that all managers of this program share. */
  Settings.Builder settings() {
    Settings.Builder settings = Settings.builder();
    String types = environment.getOrDefault("LASTLY_ALLOW_FILE_SYSTEMS", "");
    for (String type : types.split("[\\s,]+", 0)) {
      if (!type.isEmpty()) {
        settings.allowFileSystem(type);
      }
    }
    return settings;
  }

  /** Opens the given state directory for reading. */
  Inspector inspect() {
    return inspect(stateDir());
  }

  /** Opens a state directory for reading. */
  Inspector inspect(Path directory) {
    return Inspector.open(directory, settings().build());
  }

  /** Opens the given state directory for an operator's acts. */
  Operator operate() {
    return operate(stateDir());
  }

  /** Opens a state directory for an operator's acts. */
  Operator operate(Path directory) {
    return Operator.open(directory, settings().build());
  }

  /** Prints an object as a line. */
  void print(JsonObject object) {
    terminal.out().println(object);
  }
}
