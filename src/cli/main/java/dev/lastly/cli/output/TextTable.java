package dev.lastly.cli.output;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Rows under headings, as wide as need be and as narrow as they must. For one thread.
 *
 * <p>If the lines do not fit, the widest of the columns that may be cut are cut first; what does
 * not fit even so is cut at the end of the line.
 */
public final class TextTable {
  private static final String GAP = "  ";
  private static final int NARROWEST = 8;

  private final List<Column> columns;
  private final List<List<Cell>> rows = new ArrayList<>();

  private record Column(String heading, boolean right, boolean flexible) {}

  private record Cell(String text, Style style) {}

  private TextTable(List<Column> columns) {
    this.columns = columns;
  }

  /**
   * Begins a table.
   *
   * @param headings one for each column; {@code >} before it for numbers, which are set to the
   *     right, {@code ~} for texts that may be cut
   * @return an empty table
   */
  public static TextTable of(String... headings) {
    return new TextTable(Arrays.stream(headings).map(TextTable::column).toList());
  }

  private static Column column(String heading) {
    boolean right = heading.startsWith(">");
    boolean flexible = heading.startsWith("~");
    return new Column(right || flexible ? heading.substring(1) : heading, right, flexible);
  }

  /**
   * Adds a row.
   *
   * @param texts one for each column
   */
  public void add(Object... texts) {
    addStyled(Style.PLAIN, -1, texts);
  }

  /**
   * Adds a row with one cell in a style.
   *
   * @param style the style
   * @param column which column, from 0
   * @param texts one for each column
   */
  public void addStyled(Style style, int column, Object... texts) {
    if (texts.length != columns.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "the table has %d columns; got %d", columns.size(), texts.length));
    }
    List<Cell> row = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      String text = Cells.clean(String.valueOf(texts[i]));
      row.add(new Cell(text, i == column ? style : Style.PLAIN));
    }
    rows.add(row);
  }

  /**
   * How many rows there are.
   *
   * @return the number, without the headings
   */
  public int size() {
    return rows.size();
  }

  /**
   * The lines, the headings first.
   *
   * @param width most cells of a line
   * @param colours whether to colour them
   * @return lines without trailing blanks
   */
  public List<String> lines(int width, boolean colours) {
    int[] widths = natural();
    shrink(widths, width);
    List<String> lines = new ArrayList<>();
    List<Cell> headings =
        columns.stream().map(column -> new Cell(column.heading(), Style.HEADING)).toList();
    lines.add(line(headings, widths, width, colours));
    for (List<Cell> row : rows) {
      lines.add(line(row, widths, width, colours));
    }
    return lines;
  }

  private int[] natural() {
    int[] widths = columns.stream().mapToInt(column -> Cells.width(column.heading())).toArray();
    for (List<Cell> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], Cells.width(row.get(i).text()));
      }
    }
    return widths;
  }

  private void shrink(int[] widths, int width) {
    int gaps = GAP.length() * (widths.length - 1);
    for (int over = Arrays.stream(widths).sum() + gaps - width; over > 0; over--) {
      int widest = -1;
      for (int i = 0; i < widths.length; i++) {
        if (columns.get(i).flexible()
            && widths[i] > NARROWEST
            && (widest < 0 || widths[i] > widths[widest])) {
          widest = i;
        }
      }
      if (widest < 0) {
        return;
      }
      widths[widest]--;
    }
  }

  private String line(List<Cell> cells, int[] widths, int width, boolean colours) {
    StringBuilder line = new StringBuilder();
    int left = width;
    for (int i = 0; i < widths.length && left > 0; i++) {
      String gap = i == 0 ? "" : GAP;
      String fitted = Cells.fit(cells.get(i).text(), widths[i]);
      boolean last = i == widths.length - 1;
      String padded = last && !columns.get(i).right() ? fitted : padded(fitted, i, widths);
      String text = Cells.fit(gap + padded, left);
      left -= Cells.width(text);
      line.append(cells.get(i).style().on(text, colours));
    }
    return line.toString().stripTrailing();
  }

  private String padded(String text, int column, int[] widths) {
    return Cells.pad(text, widths[column], columns.get(column).right());
  }
}
