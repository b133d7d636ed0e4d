package dev.lastly.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lastly.cli.output.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs commands of the program in this JVM: a new one takes a second. */
final class InProcess {
  private InProcess() {}

  /** On a state directory, without colours, as into a file. */
  static LastlyProcess.Result run(Path stateDir, String... args) {
    return run(Map.of("LASTLY_STATE_DIR", stateDir.toString()), args);
  }

  /** In an environment, without colours, as into a file. */
  static LastlyProcess.Result run(Map<String, String> environment, String... args) {
    return run(environment, Terminal.ENDLESS, false, args);
  }

  /** On a terminal of a width, with colours or not. */
  static LastlyProcess.Result run(
      Map<String, String> environment, int width, boolean colours, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal = new Terminal(stream(out), stream(err), colours, colours, width, colours);
    int status = Lastly.run(terminal, environment, args);
    return new LastlyProcess.Result(status, out.toString(UTF_8), err.toString(UTF_8));
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, UTF_8);
  }

  /**
   * The main class of a JVM for several commands, each an argument with its words between blanks.
   * After each, a line with a form feed and its exit status follows on standard output, and one
   * with a form feed on standard error.
   */
  static final class OneAfterAnother {
    private OneAfterAnother() {}

    public static void main(String[] commands) {
      Map<String, String> environment = new HashMap<>(System.getenv());
      for (String words : commands) {
        Terminal terminal = Terminal.system(environment);
        int status = Lastly.run(terminal, environment, words.split(" ", -1));
        terminal.out().println("\f" + status);
        terminal.err().println("\f");
      }
    }

    /** What each of them has written. */
    static List<LastlyProcess.Result> results(String out, String err) {
      String[] errs = err.split("\f\n", -1);
      List<LastlyProcess.Result> results = new ArrayList<>();
      Matcher each = Pattern.compile("(?s)(.*?)\f(\\d+)\n").matcher(out);
      while (each.find()) {
        int status = Integer.parseInt(each.group(2));
        results.add(new LastlyProcess.Result(status, each.group(1), errs[results.size()]));
      }
      return results;
    }
  }
}
