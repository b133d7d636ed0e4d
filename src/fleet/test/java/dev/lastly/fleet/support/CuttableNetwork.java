package dev.lastly.fleet.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A network between this machine, where servers listen, and hosts, each in a network namespace of
 * its own. A router in another namespace stands between them. It can drop packets of one direction:
 * they vanish, as behind a switch that has failed, and neither side gets a reset. Needs root and
 * ip(8). A namespace lasts as long as a shell that waits for the end of its input, so all ends when
 * this is closed, and when the JVM ends, however that ends. For one thread.
 */
public final class CuttableNetwork implements AutoCloseable {
  private static final String UNTIL_END_OF_INPUT = "echo up; while read -r _; do :; done";
  private static final String CLOSED_AND_UNACKNOWLEDGED = "04"; // FIN_WAIT1

  private final List<Process> namespaces = new ArrayList<>();
  private final List<Rule> rules = new ArrayList<>(); // by which the router drops packets
  private final Process router;
  private final String link; // of this machine
  private final String network; // the first three numbers of all addresses

  /** A network without hosts. Its addresses are of the range that is meant for tests. */
  public CuttableNetwork() throws Exception {
    if (!PostgresServer.isRoot()) {
      throw new IllegalStateException(
          "cannot make network namespaces as user "
              + System.getProperty("user.name")
              + ": that needs root. Run 'make test-fleet' as root");
    }
    long pid = ProcessHandle.current().pid();
    link = "lastly" + pid;
    network = String.format(Locale.ROOT, "198.%d.%d.", 18 + pid / 256 % 2, pid % 256);
    try {
      router = namespace();
      within(router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
      ip("link add name " + link + " type veth peer name server netns " + router.pid());
      ip("address add " + server() + "/30 dev " + link);
      routerIp("address add " + network + "2/30 dev server");
      routerIp("link set dev server up");
      plugServer();
    } catch (Throwable e) { // whatever it is, the namespaces must not stay
      close();
      throw e;
    }
  }

  /**
   * A machine in the network.
   *
   * @param namespace holds it
   * @param link the router's, to it
   * @param address its own
   */
  public record Host(Process namespace, String link, String address) {
    /** What a command is to begin with so that it runs there. */
    public String[] command(String... command) {
      List<String> all =
          new ArrayList<>(List.of("nsenter", "--net=/proc/" + namespace.pid() + "/ns/net"));
      all.addAll(List.of(command));
      return all.toArray(String[]::new);
    }
  }

  private record Rule(Host host, String packets) {}

  /** Adds a host. */
  public Host host(String name) throws Exception {
    Process namespace = namespace();
    int number = 4 * (namespaces.size() - 1); // of a network of four addresses
    String gateway = network + (number + 1);
    Host host = new Host(namespace, name, network + (number + 2));
    routerIp("link add name " + name + " type veth peer name router netns " + namespace.pid());
    routerIp("address add " + gateway + "/30 dev " + name);
    routerIp("link set dev " + name + " up");
    within(namespace, words("ip address add " + host.address() + "/30 dev router"));
    within(namespace, words("ip link set dev router up"));
    within(namespace, words("ip route add default via " + gateway));
    return host;
  }

  /** The address of this machine. */
  public String server() {
    return network + "1";
  }

  /** The addresses of all hosts, as pg_hba.conf says that. */
  public String all() {
    return network + "0/24";
  }

  /** From now on all packets that this host sends vanish. */
  public void dropRequestsOf(Host host) throws Exception {
    drop(host, "iif " + host.link());
  }

  /** From now on all packets to this host vanish. */
  public void dropAnswersTo(Host host) throws Exception {
    drop(host, "iif server to " + host.address());
  }

  private void drop(Host host, String packets) throws Exception {
    routerIp("rule add " + packets + " blackhole");
    rules.add(new Rule(host, packets));
  }

  /** From now on all packets from and to this host arrive. */
  public void heal(Host host) throws Exception {
    for (Rule rule : List.copyOf(rules)) {
      if (rule.host().equals(host)) {
        routerIp("rule delete " + rule.packets() + " blackhole");
        boolean unused = rules.remove(rule);
      }
    }
  }

  /** Takes down the link of this machine. It has no way to any host then. */
  public void unplugServer() throws Exception {
    ip("link set dev " + link + " down");
  }

  private void plugServer() throws Exception {
    ip("link set dev " + link + " up");
    ip("route replace " + all() + " via " + network + "2 dev " + link);
  }

  /** From now on all packets arrive. */
  public void heal() throws Exception {
    while (!rules.isEmpty()) {
      heal(rules.get(0).host());
    }
    plugServer();
  }

  /** Whether the kernel of a host still sends what was written to connections that are closed. */
  public boolean isSendingForClosed(Host host) throws IOException {
    Path sockets = Path.of("/proc/" + host.namespace().pid() + "/net/tcp6"); // as Java makes them
    return Files.readAllLines(sockets).stream()
        .map(line -> line.strip().split("\\s+", -1)[3])
        .anyMatch(CLOSED_AND_UNACKNOWLEDGED::equals);
  }

  private Process namespace() throws IOException {
    Process shell =
        new ProcessBuilder("unshare", "--net", "sh", "-c", UNTIL_END_OF_INPUT)
            .redirectErrorStream(true)
            .start();
    namespaces.add(shell);
    BufferedReader said = shell.inputReader(UTF_8);
    String first = said.readLine();
    if (!"up".equals(first)) {
      throw new IOException("cannot make a network namespace: " + first);
    }
    return shell;
  }

  private static String[] words(String command) {
    return command.split(" ", -1);
  }

  private static void ip(String command) throws Exception {
    PostgresServer.run(List.of(words("ip " + command)), Path.of("/"));
  }

  private void routerIp(String command) throws Exception {
    within(router, words("ip " + command));
  }

  private static void within(Process namespace, String... command) throws Exception {
    PostgresServer.run(List.of(new Host(namespace, "", "").command(command)), Path.of("/"));
  }

  @Override
  public void close() throws Exception {
    for (Process shell : namespaces) {
      shell.getOutputStream().close();
      int unused = shell.waitFor();
    }
  }
}
