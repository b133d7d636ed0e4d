package dev.lastly.support;

import java.io.File;
import java.lang.ref.WeakReference;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A second copy of Lastly in this JVM, as in two web applications, with a worker of its own. */
final class LibraryCopy {
  private @Nullable URLClassLoader loader;
  private @Nullable Object worker;

  /**
   * Loads it.
   *
   * @param shared parts of the names of those jars that it shares with every other copy
   */
  LibraryCopy(List<String> shared) throws Exception {
    List<URL> common = new ArrayList<>();
    List<URL> own = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      URL url = Path.of(entry).toUri().toURL();
      (shared.stream().anyMatch(entry::contains) ? common : own).add(url);
    }
    ClassLoader parent =
        common.isEmpty() ? ClassLoader.getPlatformClassLoader() : Common.of(common);
    URLClassLoader mine = new URLClassLoader(own.toArray(URL[]::new), parent);
    Constructor<?> constructor = mine.loadClass(Worker.class.getName()).getDeclaredConstructor();
    constructor.setAccessible(true);
    loader = mine;
    worker = constructor.newInstance();
  }

  /** What the copies have in common, loaded once. */
  private static final class Common {
    private static @Nullable ClassLoader instance;

    static synchronized ClassLoader of(List<URL> urls) {
      ClassLoader known = instance;
      if (known == null) {
        known = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        instance = known;
      }
      return known;
    }
  }

  Object execute(List<String> words) throws Exception {
    Object there = worker;
    if (there == null) {
      throw new IllegalStateException("unloaded");
    }
    Method execute = there.getClass().getDeclaredMethod("execute", String.class, List.class);
    execute.setAccessible(true);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(there.getClass().getClassLoader());
    try {
      return execute.invoke(there, words.get(0), words.subList(1, words.size()));
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Forgets and closes it, and has the JVM collect what is garbage then. */
  String unload() throws Exception {
    URLClassLoader closing = loader;
    if (closing != null) {
      closing.close();
    }
    loader = null;
    worker = null;
    WeakReference<Object> garbage = new WeakReference<>(new Object());
    Await.until(
        "the collector has run",
        () -> {
          System.gc();
          return garbage.get() == null;
        });
    System.gc();
    return "";
  }
}
