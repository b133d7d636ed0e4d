package dev.lastly.cli.fleet;

import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Terminal;

/**
 * Where a command prints, and how. For one thread.
 *
 * @param terminal where to
 * @param json whether as JSON
 */
record Screen(Terminal terminal, boolean json) {
  void print(JsonObject object) {
    terminal.out().println(object);
  }

  void print(String line) {
    terminal.print(Style.PLAIN, line);
  }
}
