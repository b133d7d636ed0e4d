package dev.lastly.cli;

import dev.lastly.cli.output.JsonObject;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The demonstration. */
@Command(
    name = "demo",
    description = {
      "Watch a worker be killed with SIGKILL, and another one clean up after it.",
      "Works in a directory of its own, which it removes."
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
