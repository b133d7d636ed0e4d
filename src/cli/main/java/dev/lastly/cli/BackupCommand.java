package dev.lastly.cli;

import dev.lastly.Operator;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes a copy of the database. */
@Command(
    name = "backup",
    description = {
      "Write a copy of the database as it is at one moment. Workers continue to work.",
      "Do not copy the database file yourself: changes that are still in the write-ahead log would"
          + " be missing."
    })
final class BackupCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Parameters(paramLabel = "FILE", description = "The copy: a file that does not exist yet.")
  private Path file = Path.of("");

  BackupCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() throws IOException {
    Path target = file.toAbsolutePath();
    try (Operator operator = new StateOpener(lastly).operator()) {
      operator.backup(target);
    }
    long bytes = Files.size(target);
    if (lastly.json()) {
      lastly.print(new JsonObject().put("file", target).put("bytes", bytes));
    } else {
      lastly.terminal().print(Style.PLAIN, "wrote " + target + ", " + Amounts.bytes(bytes));
    }
    return ExitStatus.FINE;
  }
}
