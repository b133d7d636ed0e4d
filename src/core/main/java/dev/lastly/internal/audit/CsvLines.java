package dev.lastly.internal.audit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Writes CSV, RFC 4180: a line of column names, then one line per row, or one per entry of the
 * row's history, each of which repeats the row. A missing value is an empty field; an empty text is
 * {@code ""}. A text that a spreadsheet would take for a formula gets an apostrophe in front, which
 * makes it a text there.
 */
final class CsvLines implements Lines {
  /** The characters with which formulas begin, the last four in Japanese and Chinese ones. */
  private static final String FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20";

  private final Appendable out;
  private int historySize;

  CsvLines(Appendable out) {
    this.out = out;
  }

  @Override
  public void begin(List<String> columns, List<String> historyColumns) throws IOException {
    historySize = historyColumns.size();
    List<String> names = new ArrayList<>(columns);
    historyColumns.forEach(name -> names.add("attempt_" + name));
    out.append(String.join(",", names)).append("\r\n");
  }

  @Override
  public void add(List<Fields.Value> row, List<List<Fields.Value>> history) throws IOException {
    if (history.isEmpty()) {
      line(row, Collections.nCopies(historySize, new Fields.Value(null, Fields.Kind.TEXT)));
    }
    for (List<Fields.Value> entry : history) {
      line(row, entry);
    }
  }

  private void line(List<Fields.Value> row, List<Fields.Value> entry) throws IOException {
    for (int i = 0; i < row.size(); i++) {
      out.append(i == 0 ? "" : ",").append(field(row.get(i)));
    }
    for (Fields.Value value : entry) {
      out.append(',').append(field(value));
    }
    out.append("\r\n");
  }

  private static boolean isFormula(String text) {
    return !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0;
  }

  private static String field(Fields.Value value) {
    String text = value.text();
    if (text == null) {
      return "";
    }
    return value.kind() == Fields.Kind.LITERAL
        ? text
        : (isFormula(text) ? "\"'" : "\"") + text.replace("\"", "\"\"") + '"';
  }
}
