package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.fleet.FleetInspector;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * An HTML page about the functions, owners and history of a node or of a whole fleet.
 *
 * <p>Promised: the page is self-contained. Its content security policy forbids every request, and
 * every script and style except its own; every value from the database is escaped. It has at most
 * about 2 MB: of a large database it shows the unfinished, the quarantined and the newest
 * functions, and says what it left out; the figures at its top count everything.
 *
 * <p>Not promised: one snapshot. The page comes from several short reads, which delay no worker. It
 * contains data from the database, such as the arguments of functions: protect it in the same way.
 *
 * <p>Thread-safe.
 */
public final class HtmlReport {
  private HtmlReport() {}

  /**
   * Writes the page.
   *
   * @param inspector reads the database
   * @param out gets the page, which declares UTF-8; stays open
   * @throws IOException if it cannot be written
   * @throws StoreException if the database cannot be read
   */
  public static void write(Inspector inspector, Appendable out) throws IOException {
    out.append(Page.file(new InspectedNode(inspector).read()));
  }

  /**
   * Writes the page to a file that only its owner can read. An existing file is replaced when the
   * page is complete.
   *
   * @param inspector reads the database
   * @param file the file; its directory must exist
   * @throws IllegalArgumentException if the file would be in the state directory
   * @throws IOException if it cannot be written
   * @throws StoreException if the database cannot be read
   */
  public static void write(Inspector inspector, Path file) throws IOException {
    ReportFile target = ReportFile.of(file).outside(inspector.database());
    target.write(Page.file(new InspectedNode(inspector).read()));
  }

  /**
   * Writes the page about a fleet.
   *
   * @param inspector reads the fleet
   * @param out gets the page, which declares UTF-8; stays open
   * @throws IOException if it cannot be written
   * @throws StoreException if the database cannot be read
   */
  public static void write(FleetInspector inspector, Appendable out) throws IOException {
    out.append(Page.file(FleetReader.read(inspector)));
  }

  /**
   * Writes the page about a fleet to a file that only its owner can read. An existing file is
   * replaced when the page is complete.
   *
   * @param inspector reads the fleet
   * @param file the file; its directory must exist
   * @throws IllegalArgumentException if the path is not that of a file
   * @throws IOException if it cannot be written
   * @throws StoreException if the database cannot be read
   */
  public static void write(FleetInspector inspector, Path file) throws IOException {
    ReportFile target = ReportFile.of(file);
    target.write(Page.file(FleetReader.read(inspector)));
  }
}
