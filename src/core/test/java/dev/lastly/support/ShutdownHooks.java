package dev.lastly.support;

import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;

/** The JVM's shutdown hooks, read by reflection: the JDK has no API for them. */
public final class ShutdownHooks {
  private ShutdownHooks() {}

  /** The names of those that begin so. */
  public static List<String> named(String prefix) throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.misc.Unsafe");
    Field field = type.getDeclaredField("theUnsafe");
    field.setAccessible(true);
    Object unsafe = field.get(null);
    Field hooks = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
    Object holder = type.getMethod("staticFieldBase", Field.class).invoke(unsafe, hooks);
    Object offset = type.getMethod("staticFieldOffset", Field.class).invoke(unsafe, hooks);
    Map<?, ?> map =
        (Map<?, ?>)
            type.getMethod("getObject", Object.class, long.class).invoke(unsafe, holder, offset);
    synchronized (hooks.getDeclaringClass()) {
      return map.keySet().stream()
          .map(hook -> ((Thread) hook).getName())
          .filter(name -> name.startsWith(prefix))
          .sorted()
          .toList();
    }
  }
}
