package dev.lastly.cli;

import dev.lastly.cli.output.JsonObject;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Runs the demonstration. */
@Command(
    name = "demo",
    description = {
      "Show how a worker is killed with SIGKILL and another one cleans up after it.",
      "The demonstration works in a temporary directory, which it removes."
    })
final class DemoCommand implements Callable<Integer> {
  private final Lastly lastly;

  DemoCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() throws Exception {
    PrintStream story =
        lastly.json()
            ? new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)
            : new PrintStream(lastly.terminal().out(), true, StandardCharsets.UTF_8);
    boolean cleanedUp = Demo.show(story, true);
    if (lastly.json()) {
      lastly.print(new JsonObject().put("cleaned_up", cleanedUp));
    }
    return cleanedUp ? ExitStatus.FINE : ExitStatus.LOOK;
  }
}
