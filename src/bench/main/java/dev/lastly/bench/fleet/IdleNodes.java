package dev.lastly.bench.fleet;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.bench.report.Figures;
import dev.lastly.bench.report.Metric;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetSettings;
import dev.lastly.model.Settings;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Statements that idle nodes send, with the default time-to-live and one process each. */
final class IdleNodes {
  static final Metric METRIC =
      new Metric("Load of idle nodes", "statements of one node", "statements/s");

  private IdleNodes() {}

  static void measure(Server server, Path directory, int nodes, long millis, Figures figures)
      throws Exception {
    LongAdder statements = new LongAdder();
    DataSource source = counting(server.pool(10, "on"), statements);
    List<DeferredFunctionManager> managers = new ArrayList<>();
    try {
      for (int i = 0; i < nodes; i++) {
        Fleet fleet =
            Fleet.open(
                source,
                FleetSettings.builder().schema("idle").machineId("idle " + i).singleNode().build());
        managers.add(
            DeferredFunctionManager.open(
                directory.resolve("idle" + i), Settings.builder().fleet(fleet).build()));
      }
      TimeUnit.MILLISECONDS.sleep(millis / 4); // what an opening sends is over
      long before = statements.sum();
      long start = System.nanoTime();
      TimeUnit.MILLISECONDS.sleep(millis);
      double seconds = (System.nanoTime() - start) / 1e9;
      figures.add(METRIC, (statements.sum() - before) / seconds / nodes);
    } finally {
      for (DeferredFunctionManager manager : managers) {
        manager.close();
      }
    }
  }

  /** Each statement is made for one execution. */
  private static DataSource counting(DataSource source, LongAdder statements) {
    return proxy(
        DataSource.class,
        (proxy, method, args) -> {
          Object result = invoke(source, method, args);
          return result instanceof Connection connection
              ? connection(connection, statements)
              : result;
        });
  }

  private static Connection connection(Connection connection, LongAdder statements) {
    return proxy(
        Connection.class,
        (proxy, method, args) -> {
          if (method.getName().equals("prepareStatement")
              || method.getName().equals("createStatement")) {
            statements.increment();
          }
          return invoke(connection, method, args);
        });
  }

  private static @Nullable Object invoke(Object target, Method method, Object @Nullable [] args)
      throws Throwable {
    try {
      return method.invoke(target, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(IdleNodes.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
