package dev.lastly.cli;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Prints the demonstration's text: each event with the time since the start. */
final class Narrator {
  private static final String INDENT = "  ";
  private static final int TIME_WIDTH = 11;

  private final PrintStream out;
  private final long startMillis = System.currentTimeMillis();
  private final long startNanos = System.nanoTime();

  Narrator(PrintStream out) {
    this.out = out;
  }

  /** When the demonstration began, in milliseconds since the epoch. */
  long startMillis() {
    return startMillis;
  }

  void title(String text) {
    out.println(text);
    out.println("=".repeat(text.length()));
  }

  void act(String text) {
    out.println();
    out.println(text);
    out.println("-".repeat(text.length()));
  }

  /** Prints what an act has shown. */
  void conclude(String text) {
    out.println();
    say(text);
  }

  /** Prints a line without a time. */
  void say(String text) {
    out.println(INDENT + text);
  }

  /** Prints an event of this moment. */
  void event(String text) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    out.println(String.format(Locale.ROOT, "%s+%5.2f s   %s", INDENT, seconds, text));
  }

  /** Prints a detail of the last event. */
  void detail(String text) {
    out.println(" ".repeat(INDENT.length() + TIME_WIDTH) + "- " + text);
  }

  /** Prints a table, whose first line has the column names. */
  void rows(String title, List<List<String>> lines) {
    out.println();
    out.println(INDENT + title);
    int columns = lines.get(0).size();
    int[] widths = new int[columns];
    for (List<String> line : lines) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    for (int i = 0; i < lines.size(); i++) {
      out.println(line(lines.get(i), widths));
      if (i == 0) {
        out.println(line(rulers(widths), widths));
      }
    }
  }

  private static List<String> rulers(int[] widths) {
    return Arrays.stream(widths).mapToObj("-"::repeat).toList();
  }

  private static String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder(INDENT + INDENT);
    for (int i = 0; i < widths.length; i++) {
      line.append(cells.get(i)).append(" ".repeat(widths[i] - cells.get(i).length() + 2));
    }
    return line.toString().stripTrailing();
  }
}
