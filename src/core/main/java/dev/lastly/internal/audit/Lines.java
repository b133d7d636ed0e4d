package dev.lastly.internal.audit;

import java.io.IOException;
import java.util.List;

/** A format of text for rows, each of which may have a history of smaller ones. */
interface Lines {
  /** Comes first: the names of a row's columns, and of those of its history. */
  void begin(List<String> columns, List<String> historyColumns) throws IOException;

  /** Writes a row. */
  void add(List<Fields.Value> row, List<List<Fields.Value>> history) throws IOException;
}
