package dev.lastly.internal.audit;

import dev.lastly.internal.text.JsonWriter;
import java.io.IOException;
import java.util.List;

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
    JsonWriter json = JsonWriter.forLines().begin('{');
    fields(json, columns, row);
    if (!historyColumns.isEmpty()) {
      json.name("history").begin('[');
      for (List<Fields.Value> entry : history) {
        json.begin('{');
        fields(json, historyColumns, entry);
        json.end('}');
      }
      json.end(']');
    }
    out.append(json.end('}') + "\n"); // in one piece: a reader sees whole lines
  }

  private static void fields(JsonWriter json, List<String> names, List<Fields.Value> values) {
    for (int i = 0; i < names.size(); i++) {
      value(json.name(names.get(i)), values.get(i));
    }
  }

  private static void value(JsonWriter json, Fields.Value value) {
    String text = value.text();
    if (text == null || (text.isBlank() && value.kind() == Fields.Kind.JSON)) {
      json.text(null);
    } else if (value.kind() == Fields.Kind.TEXT) {
      json.text(text);
    } else {
      json.json(text);
    }
  }
}
