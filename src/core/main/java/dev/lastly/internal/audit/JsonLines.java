package dev.lastly.internal.audit;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** One JSON object for each row; its history is an array named {@code history}. RFC 8259. */
final class JsonLines implements Lines {
  private final Appendable out;
  private List<String> columns = List.of();
  private List<String> historyColumns = List.of();

  JsonLines(Appendable out) {
    this.out = out;
  }

  @Override
  public void begin(List<String> names, List<String> historyNames) {
    columns = names;
    historyColumns = historyNames;
  }

  @Override
  public void add(List<Fields.Value> row, List<List<Fields.Value>> history) throws IOException {
    out.append('{');
    fields(columns, row);
    if (!historyColumns.isEmpty()) {
      out.append(",\"history\":[");
      for (int i = 0; i < history.size(); i++) {
        out.append(i == 0 ? "{" : ",{");
        fields(historyColumns, history.get(i));
        out.append('}');
      }
      out.append(']');
    }
    out.append("}\n");
  }

  private void fields(List<String> names, List<Fields.Value> values) throws IOException {
    for (int i = 0; i < names.size(); i++) {
      out.append(i == 0 ? "\"" : ",\"").append(names.get(i)).append("\":");
      value(values.get(i));
    }
  }

  private void value(Fields.Value value) throws IOException {
    String text = value.text();
    if (text == null || (text.isBlank() && value.kind() == Fields.Kind.JSON)) {
      out.append("null");
    } else if (value.kind() == Fields.Kind.TEXT) {
      string(text);
    } else {
      // In JSON a line break is only ever white space between two tokens.
      out.append(text.replace('\n', ' ').replace('\r', ' '));
    }
  }

  private void string(String text) throws IOException {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c == '\n') {
        out.append("\\n");
      } else if (c < ' ' || c == '\u007f' || isLoneSurrogate(text, i)) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  /** Half a character, which no encoding can write. */
  private static boolean isLoneSurrogate(String text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(c)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }
}
