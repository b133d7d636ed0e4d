package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.report.HtmlReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a page for a browser. */
@Command(
    name = "report",
    description = {
      "Write an HTML page that shows owners, jobs, claims, attempts and failures.",
      "With --fleet: those of all nodes of the fleet.",
      "The page is one file and needs no network. It contains data from the database, such as"
          + " arguments, so only this user can read the file."
    })
final class ReportCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      required = true,
      description = "The file to write. An existing one is replaced when the page is complete.")
  private Path file = Path.of("");

  ReportCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() throws IOException {
    Path target = file.toAbsolutePath();
    write(target);
    long bytes = Files.size(target);
    if (lastly.json()) {
      lastly.print(new JsonObject().put("file", target).put("bytes", bytes));
    } else {
      lastly.terminal().print(Style.PLAIN, "wrote " + target + ", " + Amounts.bytes(bytes));
    }
    return ExitStatus.FINE;
  }

  private void write(Path target) throws IOException {
    if (lastly.isFleet()) {
      HtmlReport.write(lastly.fleet().inspect(), target);
      return;
    }
    try (Inspector inspector = new StateOpener(lastly).inspector()) {
      HtmlReport.write(inspector, target);
    }
  }
}
