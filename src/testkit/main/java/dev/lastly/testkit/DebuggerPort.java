package dev.lastly.testkit;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.connect.ListeningConnector;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The port of the loopback interface to which one debuggee connects. It is closed after that.
 * Thread-safe.
 */
final class DebuggerPort implements AutoCloseable {
  private final ListeningConnector connector;
  private final Map<String, Connector.Argument> arguments;
  private final String address;
  private final AtomicBoolean closed = new AtomicBoolean();

  private DebuggerPort(
      ListeningConnector connector, Map<String, Connector.Argument> arguments, String address) {
    this.connector = connector;
    this.arguments = arguments;
    this.address = address;
  }

  /** Synchronized: the connector finds a listener by its arguments, which this call changes. */
  static synchronized DebuggerPort open(Duration patience) throws IOException {
    ListeningConnector connector =
        Bootstrap.virtualMachineManager().listeningConnectors().stream()
            .filter(c -> c.transport().name().equals("dt_socket"))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "this JDK's debugger has no socket transport (dt_socket); use another"
                            + " JDK"));
    Map<String, Connector.Argument> arguments = connector.defaultArguments();
    set(arguments, "port", "0");
    set(arguments, "localAddress", "127.0.0.1");
    set(arguments, "timeout", Long.toString(patience.toMillis()));
    try {
      String address = connector.startListening(arguments);
      String port = address.substring(address.lastIndexOf(':'));
      return new DebuggerPort(connector, arguments, "127.0.0.1" + port);
    } catch (IllegalConnectorArgumentsException e) {
      throw new IllegalStateException("this JDK's debugger refuses the arguments " + arguments, e);
    }
  }

  private static void set(Map<String, Connector.Argument> arguments, String name, String value) {
    Connector.Argument argument = arguments.get(name);
    if (argument == null) {
      throw new IllegalStateException("this JDK's debugger has no argument " + name);
    }
    argument.setValue(value);
  }

  /** The option with which the JVM connects to this port. */
  String option() {
    return "-agentlib:jdwp=transport=dt_socket,server=n,suspend=y,address=" + address;
  }

  /**
   * Waits until the JVM connects.
   *
   * @throws IOException if it does not connect in time, or this port is closed
   */
  VirtualMachine accept() throws IOException {
    try {
      return connector.accept(arguments);
    } catch (IllegalConnectorArgumentsException e) {
      throw new IOException("the debugger's port " + address + " is closed", e);
    }
  }

  /** Closes only once: another instance may have been given the same port by the second call. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      try {
        connector.stopListening(arguments);
      } catch (IOException | IllegalConnectorArgumentsException e) {
        throw new IllegalStateException("cannot close the debugger's port " + address, e);
      }
    }
  }
}
