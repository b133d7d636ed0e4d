package dev.lastly.cli;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.cli.fleet.FleetConsole;
import dev.lastly.cli.fleet.FleetReaper;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.view.Concern;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Settings;
import dev.lastly.model.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a reaper. */
@Command(
    name = "reap",
    description = {
      "Run the functions of dead workers.",
      "Functions of an application need its classes: give --class-path. Commands of 'lastly run'"
          + " need no classes.",
      "In a fleet it joins as a node: the one of the state directory, or a temporary one.",
      "With --watch it runs until SIGTERM or SIGINT, as a worker without jobs. Without --watch it"
          + " exits with 1 if something needs an operator, as 'lastly status' does."
    })
final class ReapCommand implements Callable<Integer> {
  private final Lastly lastly;

  @ArgGroup private @Nullable Mode mode;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = TimeConverter.class,
      description =
          "With --watch: how often to look for retries that are due. Deaths are noticed at once."
              + " Default: ${DEFAULT-VALUE}.")
  private Duration interval = Duration.ZERO; // picocli sets the default

  @Option(
      names = "--class-path",
      paramLabel = "JARS",
      description =
          "The application's jars and directories, separated by ':'. DIR/* means all jars in DIR.")
  private @Nullable String classPath;

  @Option(
      names = "--owner",
      paramLabel = "ID",
      converter = RowId.Converter.class,
      description =
          "Reap this owner, although it is unknown whether it is alive. Needs --force and"
              + " --reason.")
  private @Nullable RowId owner;

  @Option(
      names = "--force",
      description =
          "Confirm that the owner is dead. If it is alive, its functions may run while it works.")
  private boolean force;

  @Option(
      names = "--presume-after",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "In a fleet, with --watch: presume a node dead after this silence. Default: never. Give"
              + " what the workers have.")
  private @Nullable Duration presumeAfter;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "How you know that the owner is dead, for the record.")
  private @Nullable String reason;

  @Option(
      names = "--metrics",
      paramLabel = "[HOST:]PORT",
      converter = AddressConverter.class,
      description =
          "With --watch: serve metrics to Prometheus on this port of 127.0.0.1, or of HOST; 0 for"
              + " any free one.")
  private @Nullable InetSocketAddress metrics;

  ReapCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  /** Whether the reaper runs once or until a signal. */
  private static final class Mode {
    @Option(
        names = "--once",
        description = "Exit when nothing is left to run. This is the default.")
    @SuppressWarnings("unused") // picocli sets it; it names the default
    private boolean once;

    @Option(names = "--watch", description = "Run until SIGTERM or SIGINT.")
    private boolean watch;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    boolean watch = mode != null && mode.watch;
    if (force != (owner != null) || force != (reason != null)) {
      throw CommandException.usage("--owner, --force and --reason must be given together");
    }
    if (force && watch) {
      throw CommandException.usage("--force reaps one owner and exits; leave out --watch");
    }
    if (metrics != null && (!watch || lastly.isFleetGiven())) {
      throw CommandException.usage(
          "--metrics serves the metrics of a node for as long as its reaper runs; it needs --watch,"
              + " and no --fleet");
    }
    if (presumeAfter != null && !lastly.isFleetGiven()) {
      throw CommandException.usage(
          "--presume-after is about the nodes of a fleet; give --fleet URL");
    }
    try (UserClassPath classes = UserClassPath.use(classPath)) {
      Settings.Builder settings = settings(watch, classes.loader());
      return lastly.isFleetGiven() ? inFleet(watch, settings) : onNode(watch, settings.build());
    }
  }

  private int onNode(boolean watch, Settings settings) throws IOException, InterruptedException {
    Path stateDir = lastly.stateDir();
    if (watch) {
      return watch(stateDir, settings);
    }
    try (Inspector inspector = lastly.inspect()) {
      return once(inspector, stateDir, settings);
    }
  }

  private Settings.Builder settings(boolean watch, @Nullable ClassLoader classes) {
    if (interval.isZero() || interval.compareTo(Settings.MAX_DURATION) > 0) {
      throw CommandException.usage("--interval must be more than zero and at most a day");
    }
    Settings.Builder settings =
        lastly.settings().label("lastly reap").reapInterval(watch ? interval : Duration.ZERO);
    if (classes != null) {
      settings.classLoader(classes);
    }
    return settings;
  }

  private int once(Inspector inspector, Path stateDir, Settings settings) {
    int ran;
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(stateDir, settings);
        Progress progress = Progress.start(lastly.terminal(), inspector, manager.ownerId())) {
      RowId forced = owner;
      String why = reason;
      ran =
          forced == null || why == null
              ? manager.reap()
              : manager.reapByForce(forced.number(), why);
    }
    Status left = inspector.status();
    List<Concern> concerns = Health.concerns(left, Instant.now(), Duration.ZERO);
    if (lastly.json()) {
      lastly.print(
          new JsonObject()
              .put("ran", ran)
              .put("orphans", left.orphans())
              .put("unresolvable", left.unresolvable())
              .put("quarantined", left.count(FunctionState.QUARANTINED))
              .put("unknown_owners", left.ownersUnknown()));
    } else {
      lastly.terminal().print(Style.PLAIN, "ran " + Amounts.count(ran, "function", "functions"));
      concerns.forEach(concern -> lastly.terminal().print(Style.WARNING, concern.text()));
    }
    return concerns.isEmpty() ? ExitStatus.FINE : ExitStatus.LOOK;
  }

  private int inFleet(boolean watch, Settings.Builder settings) throws InterruptedException {
    FleetConsole fleet = lastly.fleet();
    settings.reapInterval(interval); // a member beats
    RowId forced = owner;
    String why = reason;
    if (forced != null && why != null) {
      boolean unused = fleet.operator(false).force(forced.uuid(), why);
    }
    FleetReaper reaper =
        fleet.reaper(lastly.stateDirIfGiven(), settings, presumeAfter, lastly.environment());
    if (!watch) {
      reaper.close(); // which runs what is left
      return fleet.status().reaped(reaper.ran()) ? ExitStatus.FINE : ExitStatus.LOOK;
    }
    CountDownLatch end = new CountDownLatch(1);
    try (reaper;
        Signals signals = Signals.tell(List.of("TERM", "INT"), name -> end.countDown())) {
      lastly.terminal().print(Style.PLAIN, "reaping the fleet " + fleet.where());
      lastly.terminal().out().flush();
      end.await();
    }
    return ExitStatus.FINE;
  }

  /** Its threads are at work as soon as it is open, so it is measured at once. */
  private static DeferredFunctionManager open(
      Path stateDir, Settings settings, @Nullable MetricsServer server) {
    DeferredFunctionManager manager = DeferredFunctionManager.open(stateDir, settings);
    if (server != null) {
      server.serve(manager);
    }
    return manager;
  }

  private int watch(Path stateDir, Settings settings) throws IOException, InterruptedException {
    CountDownLatch end = new CountDownLatch(1);
    try (MetricsServer server = metrics == null ? null : MetricsServer.at(metrics);
        DeferredFunctionManager manager = open(stateDir, settings, server);
        Inspector inspector = lastly.inspect();
        Progress progress = Progress.start(lastly.terminal(), inspector, manager.ownerId());
        Signals signals = Signals.tell(List.of("TERM", "INT"), name -> end.countDown())) {
      lastly
          .terminal()
          .print(
              Style.PLAIN,
              String.format(
                  Locale.ROOT, "reaping %s as owner %d", inspector.database(), manager.ownerId()));
      if (server != null) {
        lastly.terminal().out().println("metrics at " + server.uri()); // never cut
      }
      lastly.terminal().out().flush();
      end.await();
    }
    return ExitStatus.FINE;
  }
}
