package dev.lastly.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Receives signals until it is closed. Java offers only {@code sun.misc.Signal} of the module
 * jdk.unsupported for this. It is called by reflection, because javac's warning about it cannot be
 * suppressed.
 */
final class Signals implements AutoCloseable {
  /**
   * The signals that are passed on to a program. SIGQUIT is missing: the JVM keeps it for thread
   * dumps.
   */
  static final List<String> PASSED_ON = List.of("TERM", "INT", "HUP", "USR1", "USR2");

  private final Class<?> signalType;
  private final Class<?> handlerType;
  private final Map<String, Object> before = new LinkedHashMap<>();

  private Signals() throws ClassNotFoundException {
    this.signalType = Class.forName("sun.misc.Signal");
    this.handlerType = Class.forName("sun.misc.SignalHandler");
  }

  /**
   * Calls a listener with the name of each signal, in a thread of its own. A signal that is
   * ignored, as under nohup(1), stays ignored.
   */
  static Signals tell(List<String> names, Consumer<String> listener) {
    try {
      Signals signals = new Signals();
      for (String name : names) {
        signals.listen(name, listener);
      }
      return signals;
    } catch (ReflectiveOperationException e) {
      throw CommandException.unusable(
          "this Java cannot receive signals (sun.misc.Signal): "
              + e
              + "; use a Java with the module jdk.unsupported");
    }
  }

  private void listen(String name, Consumer<String> listener) throws ReflectiveOperationException {
    Object handler =
        Proxy.newProxyInstance(
            Signals.class.getClassLoader(),
            new Class<?>[] {handlerType},
            (proxy, method, args) -> answer(proxy, method, args, () -> listener.accept(name)));
    before.put(name, handle(name, handler));
  }

  private static @Nullable Object answer(
      Object proxy, Method method, @Nullable Object @Nullable [] args, Runnable told) {
    return switch (method.getName()) {
      case "handle" -> {
        told.run();
        yield null;
      }
      case "equals" -> args != null && proxy == args[0];
      case "hashCode" -> System.identityHashCode(proxy);
      default -> "a listener of lastly";
    };
  }

  /** Restores the earlier handlers. */
  @Override
  public void close() {
    try {
      for (Map.Entry<String, Object> entry : before.entrySet()) {
        handle(entry.getKey(), entry.getValue());
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot restore the earlier signal handlers", e);
    }
  }

  private Object handle(String name, Object handler) throws ReflectiveOperationException {
    Object signal = signalType.getConstructor(String.class).newInstance(name);
    Method handle = signalType.getMethod("handle", signalType, handlerType);
    try {
      return handle.invoke(null, signal, handler);
    } catch (InvocationTargetException e) {
      throw new ReflectiveOperationException("SIG" + name + " cannot be received", e.getCause());
    }
  }
}
