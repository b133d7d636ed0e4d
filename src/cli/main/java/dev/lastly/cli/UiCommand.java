package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.report.ReportServer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves the page of the report, live. */
@Command(
    name = "ui",
    description = {
      "Serve the page of 'lastly report', live, to a browser on this machine.",
      "It is about one node: of a fleet, 'lastly report' writes a file.",
      "Prints an address with a random token. A browser with this address can read everything and"
          + " change nothing. Runs until SIGTERM or SIGINT."
    })
final class UiCommand implements Callable<Integer> {
  private static final int MAX_PORT = 65_535;

  private final Lastly lastly;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "A free port of 127.0.0.1, or 0 for any free one. Default: ${DEFAULT-VALUE}.")
  private int port;

  UiCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (port < 0 || port > MAX_PORT) {
      throw CommandException.usage("--port must be 0 to " + MAX_PORT + "; got " + port);
    }
    CountDownLatch end = new CountDownLatch(1);
    try (Inspector inspector = new StateOpener(lastly).inspectorToFollow("use 'lastly report'");
        ReportServer server = ReportServer.start(inspector, port);
        Signals signals = Signals.tell(List.of("TERM", "INT"), name -> end.countDown())) {
      if (lastly.json()) {
        lastly.print(new JsonObject().put("address", server.uri()));
      } else {
        lastly.terminal().out().println(server.uri()); // never cut to the terminal's width
      }
      lastly.terminal().out().flush();
      end.await();
    }
    return ExitStatus.FINE;
  }
}
