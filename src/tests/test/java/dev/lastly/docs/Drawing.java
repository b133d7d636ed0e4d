package dev.lastly.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** A terminal as SVG: its lines appear at the times at which they were printed. */
final class Drawing {
  private static final int COLUMNS = 112;
  private static final int LINE_HEIGHT = 20;
  private static final int PADDING = 16;
  private static final double COLUMN_WIDTH = 7.85;

  /** How long a reader gets for a command, and for what it has printed. */
  private static final long READ_COMMAND_MILLIS = 500;

  private static final long READ_OUTPUT_MILLIS = 1_500;

  private static final Pattern TEXT =
      Pattern.compile("<text class=\"(?:command|said)\"[^>]*>(.*)</text>");

  private static final String STYLE =
      """
      <style>
        .ground { fill: #f6f8fa; stroke: #d0d7de; }
        text { font: 13px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; }
        .said { fill: #1b2330; }
        .command { fill: #0b57b0; font-weight: 600; }
        .took { fill: #5a6675; text-anchor: end; }
        text { animation: show 0.1s both; }
        @keyframes show { from { opacity: 0; } }
        @media (prefers-reduced-motion: reduce) { text { animation: none; } }
        @media (prefers-color-scheme: dark) {
          .ground { fill: #11151b; stroke: #2d3642; }
          .said { fill: #e6eaf0; }
          .command { fill: #82b1ff; }
          .took { fill: #a0acba; }
        }
      </style>
      """;

  /**
   * A line of a terminal.
   *
   * @param millis since the first command was given
   */
  record Line(String text, boolean isCommand, long millis) {}

  private Drawing() {}

  static String of(String title, List<Line> lines) {
    StringBuilder texts = new StringBuilder();
    long pauses = 0;
    int command = 0;
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      long millis = line.millis() + pauses;
      texts.append(text(line.isCommand() ? "command" : "said", PADDING, i, millis, line.text()));
      if (line.isCommand()) {
        command = i;
        pauses += READ_COMMAND_MILLIS;
      } else if (i + 1 == lines.size() || lines.get(i + 1).isCommand()) {
        double seconds = (line.millis() - lines.get(command).millis()) / 1_000.0;
        String took = String.format(Locale.ROOT, "%.1f s", seconds);
        texts.append(text("took", width() - PADDING, command, millis, took));
        pauses += READ_OUTPUT_MILLIS;
      }
    }
    int height = 2 * PADDING + lines.size() * LINE_HEIGHT;
    return String.format(
        Locale.ROOT,
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" xml:space="preserve">
        <title>%s</title>
        %s<rect class="ground" x="0.5" y="0.5" width="%d" height="%d" rx="6"/>
        %s</svg>
        """,
        width(),
        height,
        escape(title),
        STYLE,
        width() - 1,
        height - 1,
        texts);
  }

  private static int width() {
    return (int) (2 * PADDING + COLUMNS * COLUMN_WIDTH);
  }

  private static String text(String kind, int x, int line, long millis, String text) {
    String cut = text.length() > COLUMNS ? text.substring(0, COLUMNS - 1) + "…" : text;
    return String.format(
        Locale.ROOT,
        "<text class=\"%s\" x=\"%d\" y=\"%d\" style=\"animation-delay:%.1fs\">%s</text>\n",
        kind,
        x,
        PADDING + 14 + line * LINE_HEIGHT,
        millis / 1_000.0,
        escape(cut));
  }

  /** What the terminal of a drawing shows, without the times. */
  static List<String> texts(String svg) {
    List<String> texts = new ArrayList<>();
    TEXT.matcher(svg).results().forEach(match -> texts.add(plain(match.group(1))));
    return texts;
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static String plain(String escaped) {
    return escaped.replace("&lt;", "<").replace("&amp;", "&");
  }
}
