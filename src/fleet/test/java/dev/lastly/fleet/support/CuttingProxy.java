package dev.lastly.fleet.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between clients and a server, and can cut a connection at the moment at which the server
 * has done what it was asked for and answers: the client does not know then. Thread-safe.
 */
public final class CuttingProxy implements AutoCloseable {
  private final ServerSocket listening;
  private volatile int server;
  private volatile String request = "";
  private final AtomicInteger cuts = new AtomicInteger();
  private final AtomicInteger made = new AtomicInteger();

  /** Listens on a port of the loopback. */
  public CuttingProxy(int server) throws IOException {
    this.server = server;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start("accept", this::accept);
  }

  /** Where clients connect. */
  public int port() {
    return listening.getLocalPort();
  }

  /** Cuts so many connections at their next answer that is not part of connecting. */
  public void cutAnswers(int count) {
    cuts.set(count);
  }

  /** Cuts every connection at the answer to a request that has this text, and no other. */
  public void cutAnswersTo(String text) {
    request = text;
  }

  /** Cuts none any more. */
  public void cutNone() {
    request = "";
  }

  /** Leads new connections to another server. */
  public void leadTo(int port) {
    server = port;
  }

  /** How many connections were cut. */
  public int made() {
    return made.get();
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // the connection has ended
              }
            },
            "proxy-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listening.accept();
      start("connect", () -> connect(client));
    }
  }

  /** If there is no server, this ends the client's connection; a later one may find a server. */
  private void connect(Socket client) throws IOException {
    Socket to;
    try {
      to = new Socket(InetAddress.getLoopbackAddress(), server);
    } catch (IOException e) {
      client.close();
      throw e;
    }
    AtomicBoolean asked = new AtomicBoolean(); // for what is to be cut
    start("up", () -> pump(client, to, false, asked));
    start("down", () -> pump(to, client, true, asked));
  }

  private void pump(Socket from, Socket to, boolean answers, AtomicBoolean asked)
      throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[65_536];
      boolean connected = false;
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        String wanted = request;
        if (!answers && !wanted.isEmpty()) {
          asked.compareAndSet(false, new String(bytes, 0, n, ISO_8859_1).contains(wanted));
        }
        if (answers && asked.get()) {
          made.incrementAndGet();
          return;
        }
        if (answers && connected && cuts.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
          made.incrementAndGet();
          return;
        }
        out.write(bytes, 0, n);
        out.flush();
        // The server ends its part of connecting with "ready for query".
        connected |= n >= 6 && bytes[n - 6] == 'Z';
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
