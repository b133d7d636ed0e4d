package dev.lastly.report;

import dev.lastly.model.StoreException;

/** Where a page comes from. Thread-safe. */
interface Source {
  /**
   * A text that is another one whenever the page would be; cheap.
   *
   * @throws StoreException if the database cannot be read
   */
  String version();

  /**
   * Reads everything that a page shows.
   *
   * @throws StoreException if the database cannot be read
   */
  ReportData read();
}
