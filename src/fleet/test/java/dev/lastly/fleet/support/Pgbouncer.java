package dev.lastly.fleet.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * pgbouncer in transaction mode before a server: each transaction of a client may go to another
 * connection, and with a pool of one all clients share it. It ends when this is closed, and when
 * the JVM ends.
 */
public final class Pgbouncer implements AutoCloseable {
  private final Process shell;
  private final Path directory;
  private final int port;

  /** Starts it in a directory of its own, as an unprivileged user. */
  public Pgbouncer(PostgresServer server, int poolSize) throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = socket.getLocalPort();
    }
    this.directory = Files.createTempDirectory("lastly-pgbouncer");
    Path settings = directory.resolve("pgbouncer.ini");
    Files.writeString(
        settings,
        String.format(
            Locale.ROOT,
            """
            [databases]
            postgres = host=127.0.0.1 port=%d dbname=postgres user=lastly
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = %d
            auth_type = any
            admin_users = lastly
            pool_mode = transaction
            default_pool_size = %d
            max_client_conn = 200
            ignore_startup_parameters = extra_float_digits
            unix_socket_dir =
            """,
            server.port(),
            port,
            poolSize));
    PostgresServer.giveToUser(directory);
    List<String> command =
        new ArrayList<>(
            PostgresServer.asUser("sh", "-c", PostgresServer.RUN_UNTIL_END_OF_INPUT, "TERM"));
    command.addAll(List.of("pgbouncer", settings.toString()));
    this.shell =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    awaitAnswer();
  }

  private void awaitAnswer() throws Exception {
    for (int i = 0; ; i++) {
      try (java.net.Socket socket = new java.net.Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (i == 500 || !shell.isAlive()) {
          close();
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
  }

  /** How many connections to the server it has, as its console says. */
  public long connections() throws Exception {
    Process console =
        new ProcessBuilder(
                "psql",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-U",
                "lastly",
                "-At",
                "pgbouncer")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    console.outputWriter().append("SHOW SERVERS;\n").close();
    long count = console.inputReader().lines().count();
    if (console.waitFor() != 0) {
      throw new IOException("the console of pgbouncer ended with status " + console.exitValue());
    }
    return count;
  }

  /** Where clients connect. */
  public int port() {
    return port;
  }

  @Override
  public void close() throws Exception {
    shell.getOutputStream().close();
    int unused = shell.waitFor();
    for (String file : List.of("pgbouncer.ini", "log", "")) {
      Files.deleteIfExists(directory.resolve(file));
    }
  }
}
