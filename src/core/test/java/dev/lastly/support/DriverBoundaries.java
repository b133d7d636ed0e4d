package dev.lastly.support;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A layer above a driver that tells a listener of each boundary: before and after each statement
 * (with SQLite, BEGIN and COMMIT are statements), each transaction that the driver begins and ends,
 * and the opening of a connection. Thread-safe if the listener is.
 */
public final class DriverBoundaries {
  private static final Set<String> TRANSACTIONS = Set.of("commit", "rollback", "setAutoCommit");

  private final Listener listener;

  /** Tells this listener. */
  public DriverBoundaries(Listener listener) {
    this.listener = listener;
  }

  /** Is told, in the thread that does it. */
  public interface Listener {
    /** It is about to be done. */
    void before(String what);

    /** It has been done. */
    void after(String what);
  }

  /** The same source, whose connections tell the listener. */
  public DataSource around(DataSource source) {
    return proxy(
        DataSource.class,
        (self, method, arguments) ->
            method.getName().equals("getConnection")
                ? connection(watched("opening a connection", source, method, arguments))
                : call(source, method, arguments));
  }

  private Connection connection(@Nullable Object real) {
    return proxy(
        Connection.class,
        (self, method, arguments) -> {
          if (method.getName().equals("unwrap")) {
            return self; // the readers want to get round the pool: not round this
          }
          if (TRANSACTIONS.contains(method.getName())) {
            return watched(method.getName() + "()", real, method, arguments);
          }
          Object result = call(real, method, arguments);
          Object prepared =
              method.getName().equals("prepareStatement") && arguments != null
                  ? arguments[0]
                  : null;
          return result instanceof Statement
              ? statement(result, method.getReturnType(), prepared)
              : result;
        });
  }

  private Object statement(Object real, Class<?> type, @Nullable Object prepared) {
    return proxy(
        type,
        (self, method, arguments) -> {
          if (!method.getName().startsWith("execute")) {
            return call(real, method, arguments);
          }
          Object sql = prepared != null || arguments == null ? prepared : arguments[0];
          return watched(oneLine(String.valueOf(sql)), real, method, arguments);
        });
  }

  private static String oneLine(String sql) {
    return sql.replaceAll("\\s+", " ").strip();
  }

  private @Nullable Object watched(
      String what, @Nullable Object target, Method method, Object @Nullable [] arguments)
      throws Throwable {
    listener.before(what);
    Object result = call(target, method, arguments);
    listener.after(what);
    return result;
  }

  /** A call to a proxied object. */
  private interface Handler {
    @Nullable Object call(Object self, Method method, Object @Nullable [] arguments)
        throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Handler handler) {
    Object proxy =
        Proxy.newProxyInstance(
            DriverBoundaries.class.getClassLoader(), new Class<?>[] {type}, handler::call);
    return type.cast(proxy);
  }

  private static @Nullable Object call(
      @Nullable Object target, Method method, Object @Nullable [] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
