package dev.lastly.support;

import java.io.File;
import java.io.ObjectStreamClass;
import java.lang.ref.WeakReference;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A second copy of Lastly in this JVM, as in two web applications, with a worker of its own. */
final class LibraryCopy {
  /** Cleaners and ending threads may wait for a processor. */
  private static final int MOST_LOOKS = 250;

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
    // In a thread of its own, which leaves no thread-locals behind.
    FutureTask<Object> task =
        new FutureTask<>(() -> execute.invoke(there, words.get(0), words.subList(1, words.size())));
    Thread thread = new Thread(task, "copy");
    thread.setContextClassLoader(there.getClass().getClassLoader());
    thread.start();
    try {
      return task.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() instanceof InvocationTargetException t ? t.getCause() : e;
      throw cause instanceof Exception exception ? exception : e;
    }
  }

  /**
   * Forgets and closes it, and has the JVM collect what is garbage then.
   *
   * @return {@code gone}, or {@code kept} if something in the JVM still refers to it
   */
  String unload() throws Exception {
    URLClassLoader closing = loader;
    WeakReference<ClassLoader> known = new WeakReference<>(closing);
    if (closing != null) {
      closing.close();
    }
    closing = null;
    loader = null;
    worker = null;
    System.gc();
    fillTheHeap(); // soft references go only then
    for (int i = 0; i < MOST_LOOKS && known.get() != null; i++) {
      System.gc();
      forgetTheLast();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20)); // cleaners have threads of theirs
    }
    return known.get() == null ? "gone" : "kept";
  }

  /**
   * What JDK 17 itself keeps until it sees the next of the kind: the lambda that was serialized
   * last, and the record that was compared last.
   */
  private static void forgetTheLast() {
    Objects.requireNonNull(ObjectStreamClass.lookupAny(String.class));
    if (!new Compared("a").equals(new Compared("a"))) {
      throw new IllegalStateException("a record that is not equal to itself");
    }
  }

  private record Compared(Object value) {}

  private static void fillTheHeap() {
    List<byte[]> filling = new ArrayList<>();
    try {
      while (filling.size() < 100_000) {
        filling.add(new byte[1 << 20]);
      }
    } catch (OutOfMemoryError full) {
      filling.clear();
    }
  }
}
