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
 * Signals that reach this process, while it is open. The only way to them that Java has is {@code
 * sun.misc.Signal}, of the module jdk.unsupported; it is reached by reflection, because javac warns
 * of it whatever one says.
 */
final class Signals implements AutoCloseable {
  /**
   * Those that are passed on. SIGQUIT is the JVM's own: it prints its threads, and tells nobody.
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
   * Tells of each signal by its name, in a thread of its own. What is ignored, as under nohup(1),
   * stays ignored.
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
          "this Java has no sun.misc.Signal to receive signals with: " + e);
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

  /** Gives the signals back to whom they belonged to. */
  @Override
  public void close() {
    try {
      for (Map.Entry<String, Object> entry : before.entrySet()) {
        handle(entry.getKey(), entry.getValue());
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the signals cannot be given back", e);
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
