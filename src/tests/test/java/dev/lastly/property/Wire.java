package dev.lastly.property;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The connection between a process and the database. It is cut when the process dies, and can be
 * told to kill the process, or to fail once, at its n-th statement. (Pooled readers unwrap their
 * connections, and so are not counted; there are none unless two threads read at once.)
 */
final class Wire {
  /** What happens at the chosen statement. */
  enum Trap {
    NONE,
    KILL_BEFORE,
    KILL_AFTER,
    FAIL,
    /** It is done, a COMMIT too, and yet an error is reported. */
    FAIL_AFTER
  }

  private final Runnable kill;
  private final List<Connection> open = new ArrayList<>();
  private boolean cut;
  private Trap trap = Trap.NONE;
  private int countdown;
  private int failures;
  private int misreports;

  Wire(Runnable kill) {
    this.kill = kill;
  }

  void arm(Trap what, int statements) {
    trap = what;
    countdown = statements;
  }

  /** Whether what it was told to do is still to come. */
  boolean isArmed() {
    return trap != Trap.NONE;
  }

  /** How often a statement was made to fail without a kill. */
  int failures() {
    return failures;
  }

  /** How many of these had been done all the same. */
  int misreports() {
    return misreports;
  }

  /** Closes every connection; SQLite rolls back what was open, as the next process would. */
  void cut() {
    cut = true;
    for (Connection connection : open) {
      try {
        connection.close();
      } catch (SQLException e) {
        throw new AssertionError("the fake cannot kill its process", e);
      }
    }
    open.clear();
  }

  DataSource through(DataSource source) {
    return proxy(
        DataSource.class,
        (method, arguments) -> {
          if (!method.getName().equals("getConnection")) {
            return call(source, method, arguments);
          }
          requireWhole();
          Connection connection =
              Objects.requireNonNull((Connection) call(source, method, arguments));
          open.add(connection);
          return connection(connection);
        });
  }

  private Connection connection(Connection real) {
    return proxy(
        Connection.class,
        (method, arguments) -> {
          if (method.getName().equals("unwrap")) {
            return real;
          }
          Object result = call(real, method, arguments);
          return result instanceof Statement statement
              ? statement(statement, method.getReturnType())
              : result;
        });
  }

  private Object statement(Statement real, Class<?> type) {
    return proxy(
        type,
        (method, arguments) -> {
          if (!method.getName().startsWith("execute")) {
            return call(real, method, arguments);
          }
          requireAlive();
          boolean sprung = trap != Trap.NONE && countdown-- <= 0;
          Trap what = sprung ? trap : Trap.NONE;
          trap = sprung ? Trap.NONE : trap;
          before(what);
          Object result = call(real, method, arguments);
          if (what == Trap.KILL_AFTER) {
            kill.run();
            requireAlive();
          }
          if (what == Trap.FAIL_AFTER) {
            failures++;
            misreports++;
            throw new SQLException("the fake disk fails when all is done");
          }
          return result;
        });
  }

  private void before(Trap what) throws SQLException {
    if (what == Trap.FAIL) {
      failures++;
      throw new SQLException("the fake disk is full for a moment");
    }
    if (what == Trap.KILL_BEFORE) {
      kill.run();
      requireAlive();
    }
  }

  /** An error, not an exception: nothing of a killed process may handle it and go on. */
  private void requireAlive() {
    if (cut) {
      throw new ModelCalls.Killed();
    }
  }

  private void requireWhole() throws SQLException {
    if (cut) {
      throw new SQLException("the process that asks has been killed");
    }
  }

  /** A call to a proxied object. */
  private interface Handler {
    @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Handler handler) {
    Object proxy =
        Proxy.newProxyInstance(
            Wire.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> handler.call(method, arguments));
    return type.cast(proxy);
  }

  private static @Nullable Object call(Object target, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
