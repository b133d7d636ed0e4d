package dev.lastly.cli.fleet;

import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.FleetSettings;
import dev.lastly.internal.text.CallText;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGConnectionPoolDataSource;

/**
 * Where a fleet is, and how to connect. Its texts never have the password, nor the parameters of
 * the URL, which may have one. Immutable.
 *
 * @param source connects to it
 * @param settings of these, what the program sets
 * @param where the fleet in words
 * @param options what a command needs on its line to find the fleet, with a space before each
 */
record FleetAddress(DataSource source, FleetSettings settings, String where, String options) {
  /**
   * Anything after it but a name and a password, as other tools take them: before the host, or
   * after the database without a question mark. There they would be a part of the database's name,
   * which messages have.
   */
  private static final Pattern URL =
      Pattern.compile("jdbc:postgresql:(?!//[^/?]*@)[^?&;=]*([?].*)?");

  /** A server that takes the connection and does not answer must not hold up a command for ever. */
  private static final int SECONDS_TO_CONNECT = 10;

  /** The driver's; it logs parts of a URL that it does not understand. */
  private static final Logger DRIVER = Logger.getLogger("org.postgresql");

  /**
   * Reads an address.
   *
   * @param url of JDBC
   * @param schema the fleet's schema; null for the default
   * @param environment of which {@code PGUSER} and {@code PGPASSWORD} count, if the URL has none
   * @throws IllegalArgumentException if the URL is none of PostgreSQL, or the schema's name is none
   */
  static FleetAddress of(String url, @Nullable String schema, Map<String, String> environment) {
    PGConnectionPoolDataSource source = source(url, environment);
    FleetSettings.Builder settings = FleetSettings.builder();
    if (schema != null) {
      settings.schema(schema);
    }
    FleetSettings built = settings.build();
    return new FleetAddress(
        new KeptConnections(source), built, where(built, source), options(url, schema));
  }

  /** Opens the fleet for reading. */
  FleetInspector inspect() {
    return FleetInspector.open(source, settings).advising(options);
  }

  /** Without the URL's parameters: the user and the password stand in the environment. */
  private static String options(String url, @Nullable String schema) {
    int parameters = url.indexOf('?');
    String place = parameters < 0 ? url : url.substring(0, parameters);
    return " --fleet " + CallText.word(place) + (schema == null ? "" : " --fleet-schema " + schema);
  }

  private static PGConnectionPoolDataSource source(String url, Map<String, String> environment) {
    PGConnectionPoolDataSource source = parsed(url);
    if (source.getUser() == null && environment.get("PGUSER") != null) {
      source.setUser(environment.get("PGUSER"));
    }
    if (source.getPassword() == null && environment.get("PGPASSWORD") != null) {
      source.setPassword(environment.get("PGPASSWORD"));
    }
    if (!url.contains("prepareThreshold=")) {
      source.setPrepareThreshold(0); // a pooler in transaction mode will do
    }
    if (!url.contains("loginTimeout=")) {
      source.setLoginTimeout(SECONDS_TO_CONNECT);
    }
    if (!url.contains("ApplicationName=")) {
      source.setApplicationName("lastly");
    }
    return source;
  }

  /** Neither the message nor the cause has what was given: it may have a password. */
  private static PGConnectionPoolDataSource parsed(String url) {
    DRIVER.setLevel(Level.OFF);
    PGConnectionPoolDataSource source = new PGConnectionPoolDataSource();
    boolean understood = URL.matcher(url).matches();
    try {
      if (understood) {
        source.setUrl(url);
      }
    } catch (IllegalArgumentException e) { // its message is the URL
      understood = false;
    }
    if (!understood) {
      throw new IllegalArgumentException(
          "the address of a fleet is a JDBC URL of PostgreSQL, such as"
              + " jdbc:postgresql://host:5432/database, with the user and the password in PGUSER"
              + " and PGPASSWORD; what was given is none");
    }
    return source;
  }

  private static String where(FleetSettings settings, PGConnectionPoolDataSource source) {
    return String.format(
        Locale.ROOT,
        "%s at %s:%d/%s",
        settings.schema(),
        source.getServerNames()[0],
        source.getPortNumbers()[0],
        source.getDatabaseName());
  }
}
