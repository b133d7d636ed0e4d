package dev.lastly.internal.audit;

import java.io.IOException;
import java.util.List;

/** A text format for rows, each with a history of smaller rows. */
interface Lines {
  /** Begins the text with the names of the columns of rows and of their history. Call it first. */
  void begin(List<String> columns, List<String> historyColumns) throws IOException;

  /** Writes a row. */
  void add(List<Fields.Value> row, List<List<Fields.Value>> history) throws IOException;
}
