package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * One HTML page of a node's functions, owners and history, for people.
 *
 * <p>Promised: the page needs nothing but itself. Its content security policy forbids every
 * request, and every program and style but its own two; every value from the database is escaped.
 * It has at most about 2 MB: of a large database it shows the newest part and what needs somebody,
 * and says what it left out; the figures at its top count everything.
 *
 * <p>Not promised: one snapshot. It is read in several short reads that hold up no worker. The page
 * holds what the database does, such as the arguments of functions: treat it likewise.
 */
public final class HtmlReport {
  private HtmlReport() {}

  /**
   * Writes the page.
   *
   * @param inspector what is looked at
   * @param out where to, in UTF-8 if it becomes bytes; left open
   * @throws IOException if it cannot be written
   * @throws StoreException if the database cannot be read
   */
  public static void write(Inspector inspector, Appendable out) throws IOException {
    out.append(Page.file(new InspectedNode(inspector).read()));
  }

  /**
   * Writes the page to a file that only its owner can read. A file of that name is replaced, once
   * the page is complete.
   *
   * @param inspector what is looked at
   * @param file the file; its directory must exist
   * @throws IllegalArgumentException if the file would be in the state directory
   * @throws IOException if it cannot be written
   * @throws StoreException if the database cannot be read
   */
  public static void write(Inspector inspector, Path file) throws IOException {
    ReportFile target = ReportFile.of(file, inspector.database());
    target.write(Page.file(new InspectedNode(inspector).read()));
  }
}
