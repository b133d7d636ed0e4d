package dev.lastly.report;

import dev.lastly.model.StoreException;

/** Reads the data of a page. Thread-safe. */
interface Source {
  /**
   * A text that changes whenever the page would change. Much cheaper than {@link #read}.
   *
   * @throws StoreException if the database cannot be read
   */
  String version();

  /**
   * Reads the data of a page.
   *
   * @throws StoreException if the database cannot be read
   */
  ReportData read();
}
