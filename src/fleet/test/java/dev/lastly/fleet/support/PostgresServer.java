package dev.lastly.fleet.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL server of the tests' own: in a new directory, on a free port of the loopback and
 * perhaps of another address, as an unprivileged user. It ends when this is closed, and when the
 * JVM ends, however that ends: a shell waits for the end of its input, and then stops the server.
 * Thread-safe.
 */
public final class PostgresServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String LOOPBACK = "127.0.0.1";
  static final String RUN_UNTIL_END_OF_INPUT =
      "\"$@\" & pid=$!; while read -r _; do :; done; kill -\"$0\" $pid; wait $pid";

  private static @Nullable Path template; // guarded by the class

  private final Path directory;
  private final int port;
  private final String addresses;
  private List<String> options; // guarded by this
  private @Nullable Process shell; // guarded by this

  private PostgresServer(Path directory, String addresses, List<String> options)
      throws IOException {
    this.directory = directory;
    this.port = freePort();
    this.addresses = addresses;
    this.options = options;
  }

  /** The newest server's programs that Debian has installed. */
  static Path programs() throws IOException {
    try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      return versions
          .filter(version -> Files.isExecutable(version.resolve("bin/initdb")))
          .max(Comparator.comparing(version -> Integer.valueOf(last(version))))
          .map(version -> version.resolve("bin"))
          .orElseThrow(
              () -> new IllegalStateException("no PostgreSQL server: src/tests/needs fleet"));
    }
  }

  private static String last(Path path) {
    return path.getName(path.getNameCount() - 1).toString();
  }

  /**
   * Starts a new server.
   *
   * @param settings as for {@code postgres -c}, such as {@code fsync=off}
   */
  public static PostgresServer start(String... settings) throws Exception {
    PostgresServer server = made(LOOPBACK, settings);
    server.start();
    return server;
  }

  /** Starts a new server that the hosts of a network can reach, too. */
  public static PostgresServer startIn(CuttableNetwork network, String... settings)
      throws Exception {
    PostgresServer server = made(LOOPBACK + "," + network.server(), settings);
    Files.writeString(
        server.directory.resolve("data/pg_hba.conf"),
        "host all lastly " + network.all() + " trust\n",
        StandardOpenOption.APPEND);
    server.start();
    return server;
  }

  private static PostgresServer made(String addresses, String... settings) throws Exception {
    Path directory = Files.createTempDirectory("lastly-postgres");
    giveToUser(directory);
    run(asUser("cp", "-a", template().toString(), directory.resolve("data").toString()), directory);
    return new PostgresServer(directory, addresses, List.of(settings));
  }

  /** The directory of a server that was never started, which all of this JVM begin with. */
  private static synchronized Path template() throws Exception {
    Path made = template;
    if (made == null) {
      Path directory = Files.createTempDirectory("lastly-initdb");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(directory)));
      giveToUser(directory);
      made = directory.resolve("data");
      run(
          asUser(
              programs().resolve("initdb").toString(),
              "--no-sync",
              "--auth=trust",
              "--username=lastly",
              "--encoding=UTF8",
              "--locale=C",
              "--pgdata=" + made),
          directory);
      template = made;
    }
    return made;
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A standby of this server, which follows it by streaming. */
  public PostgresServer standby(String name, String... settings) throws Exception {
    Path copy = Files.createTempDirectory("lastly-standby");
    giveToUser(copy);
    PostgresServer standby = new PostgresServer(copy, LOOPBACK, List.of(settings));
    run(
        asUser(
            programs().resolve("pg_basebackup").toString(),
            "--no-sync",
            "--checkpoint=fast",
            "--write-recovery-conf",
            "--dbname=host=127.0.0.1 user=lastly port=" + port + " application_name=" + name,
            "--pgdata=" + copy.resolve("data")),
        copy);
    standby.start();
    return standby;
  }

  /** Makes a standby the server. */
  public void promote() throws SQLException {
    sql("SELECT pg_promote(true, 30)");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static String user() {
    boolean debian = Files.exists(Path.of("/var/lib/postgresql"));
    return isRoot() ? (debian ? "postgres" : "nobody") : System.getProperty("user.name");
  }

  static List<String> asUser(String... command) {
    List<String> all = new ArrayList<>();
    if (isRoot()) { // the server refuses to run as root
      all.addAll(List.of("setpriv", "--reuid", user(), "--clear-groups"));
    }
    all.addAll(List.of(command));
    return all;
  }

  /** Gives a directory to the unprivileged user. */
  static void giveToUser(Path directory) throws Exception {
    run(List.of("chown", "-R", user(), directory.toString()), directory);
  }

  /** Runs a command, which must succeed. */
  static void run(List<String> command, Path directory) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(command + " failed: " + output);
    }
  }

  /** Starts it, or starts it again. Returns when it answers. */
  public synchronized void start() throws Exception {
    List<String> command = new ArrayList<>(asUser("sh", "-c", RUN_UNTIL_END_OF_INPUT, "QUIT"));
    command.addAll(
        List.of(
            programs().resolve("postgres").toString(),
            "-D",
            directory.resolve("data").toString(),
            "-p",
            Integer.toString(port)));
    List<String> all = new ArrayList<>(options);
    all.addAll(
        List.of(
            "listen_addresses=" + addresses,
            "unix_socket_directories=",
            "max_connections=200",
            "shared_buffers=64MB"));
    for (String one : all) {
      command.add("-c");
      command.add(one);
    }
    shell =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(Files.createTempFile("lastly", ".log").toFile()))
            .start();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (Connection connection = dataSource().getConnection()) {
        return;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
  }

  /** Stops it at once, as by a failure of its machine. {@link #start} starts it again. */
  public synchronized void stop() throws Exception {
    Process running = shell;
    if (running != null) {
      running.getOutputStream().close();
      running.waitFor();
      shell = null;
    }
  }

  /** Stops it at once, and starts it with other settings. */
  public synchronized void restart(String... settings) throws Exception {
    stop();
    options = List.of(settings);
    start();
  }

  /** The port on the loopback. */
  public int port() {
    return port;
  }

  /** Makes a new connection each time. */
  public PGSimpleDataSource dataSource() {
    return dataSource(port);
  }

  /** The same through another port, such as that of a proxy. */
  public static PGSimpleDataSource dataSource(int port) {
    return dataSource(LOOPBACK, port);
  }

  /** The same at another address. */
  public static PGSimpleDataSource dataSource(String address, int port) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {address});
    source.setPortNumbers(new int[] {port});
    source.setUser("lastly");
    source.setDatabaseName("postgres");
    source.setConnectTimeout(5);
    return source;
  }

  /** Runs a statement; returns the first column of the first row, or an empty text. */
  public String sql(String sql) throws SQLException {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return "";
      }
      try (ResultSet rows = statement.getResultSet()) {
        String text = rows.next() ? rows.getString(1) : "";
        return text == null ? "" : text;
      }
    }
  }

  @Override
  public void close() throws Exception {
    stop();
    remove(directory);
  }
}
