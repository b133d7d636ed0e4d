package dev.lastly.cli.output;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The output of a program: its streams, and whether they lead to a terminal. Thread-safe.
 *
 * @param out standard output
 * @param err standard error
 * @param isTerminal whether standard output is a terminal
 * @param isErrorTerminal whether standard error is a terminal
 * @param width the cells of a line; {@link #ENDLESS} if there is no limit
 * @param colours whether standard output shows colours
 */
public record Terminal(
    PrintStream out,
    PrintStream err,
    boolean isTerminal,
    boolean isErrorTerminal,
    int width,
    boolean colours) {
  /** The width without a terminal: a program reads the lines, so they are not cut. */
  public static final int ENDLESS = Integer.MAX_VALUE;

  private static final int NARROWEST = 20;
  private static final int USUAL = 80;
  private static final long PATIENCE_MILLIS = 2000;

  /**
   * Finds the output of this process.
   *
   * @param environment its variables, of which it reads {@code COLUMNS}, {@code NO_COLOR} (see
   *     no-color.org) and {@code TERM}
   * @return the output
   */
  public static Terminal system(Map<String, String> environment) {
    Path out = device(1);
    boolean colours =
        out != null
            && environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    return new Terminal(
        StandardOutput.open(out != null),
        new PrintStream(System.err, true, StandardCharsets.UTF_8),
        out != null,
        device(2) != null,
        width(environment, out),
        colours);
  }

  /** The terminal that a descriptor leads to, or null. */
  private static @Nullable Path device(int descriptor) {
    try {
      Path device = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
      String name = device.toString();
      boolean terminal =
          name.startsWith("/dev/pts/")
              || name.startsWith("/dev/tty")
              || name.equals("/dev/console");
      return terminal ? device : null;
    } catch (IOException e) {
      return null; // without /proc it is unknown, so assume none
    }
  }

  private static int width(Map<String, String> environment, @Nullable Path device) {
    int columns = number(environment.getOrDefault("COLUMNS", ""));
    if (columns > 0) {
      return Math.max(NARROWEST, columns);
    }
    if (device == null) {
      return ENDLESS;
    }
    int asked = ask(device);
    return asked > 0 ? Math.max(NARROWEST, asked) : USUAL;
  }

  /** The number of columns from stty(1); 0 if it fails. */
  private static int ask(Path device) {
    try {
      Process stty =
          new ProcessBuilder(List.of("stty", "size"))
              .redirectInput(new File(device.toString()))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        stty.destroyForcibly();
        return 0;
      }
      String[] size =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
              .strip()
              .split(" ", -1);
      return size.length == 2 ? number(size[1]) : 0;
    } catch (IOException e) {
      return 0; // no stty
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static int number(String text) {
    return text.matches("[1-9]\\d{0,4}") ? Integer.parseInt(text) : 0;
  }

  /**
   * Flushes standard output and finds out whether it can still be written. If it cannot, its reader
   * is gone and the command can stop.
   *
   * @return true once a write has failed
   */
  public boolean isClosed() {
    return out.checkError();
  }

  /**
   * Why standard output could not be written.
   *
   * @return the reason; null if everything was written, or if the reader closed the pipe, as
   *     head(1) does
   */
  public @Nullable String failure() {
    String failure = out instanceof StandardOutput standard ? standard.failure() : null;
    return failure == null || failure.contains("Broken pipe") ? null : failure;
  }

  /** Empties the screen. */
  public void clear() {
    out.print("\u001b[H\u001b[2J");
  }

  /**
   * Prints a table.
   *
   * @param table the table
   */
  public void print(TextTable table) {
    table.lines(width, colours).forEach(out::println);
  }

  /**
   * Prints one line, cut to the width.
   *
   * @param style its style
   * @param text any text
   */
  public void print(Style style, String text) {
    out.println(style.on(Cells.fit(Cells.clean(text), width), colours));
  }
}
