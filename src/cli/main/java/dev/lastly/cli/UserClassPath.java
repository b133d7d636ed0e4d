package dev.lastly.cli;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A class path as java(1) takes it: jars, directories of classes, and {@code dir/*}. From {@link
 * #use} to {@link #close} its loader is the context class loader of the thread that opened it, and
 * so of the threads that this one starts, as in the application itself. For one thread.
 */
final class UserClassPath implements AutoCloseable {
  private final @Nullable URLClassLoader loader;
  private final ClassLoader before = Thread.currentThread().getContextClassLoader();

  private UserClassPath(@Nullable URLClassLoader loader) {
    this.loader = loader;
  }

  /** Uses a class path; null for the classes of this program alone. */
  static UserClassPath use(@Nullable String classPath) {
    if (classPath == null) {
      return new UserClassPath(null);
    }
    URLClassLoader loader = loader(classPath);
    UserClassPath used = new UserClassPath(loader);
    Thread.currentThread().setContextClassLoader(loader);
    return used;
  }

  /** The loader that functions are looked for in; null for that of this program. */
  @Nullable ClassLoader loader() {
    return loader;
  }

  /** Closes the jars. */
  @Override
  public void close() {
    Thread.currentThread().setContextClassLoader(before);
    if (loader != null) {
      try {
        loader.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot close the jars of --class-path", e);
      }
    }
  }

  /** A loader for the classes of an application; they see the classes of this program, too. */
  static URLClassLoader loader(String classPath) {
    List<URL> urls = new ArrayList<>();
    try {
      for (String element : classPath.split(File.pathSeparator, -1)) {
        if (element.endsWith("/*") || element.equals("*")) {
          addJars(urls, Path.of(element).toAbsolutePath().resolveSibling(""));
        } else if (!element.isEmpty()) {
          add(urls, Path.of(element));
        }
      }
    } catch (IOException e) {
      throw CommandException.usage("cannot read --class-path " + classPath + ": " + e);
    }
    return new URLClassLoader(urls.toArray(URL[]::new), UserClassPath.class.getClassLoader());
  }

  private static void addJars(List<URL> urls, Path directory) throws IOException {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*.{jar,JAR}")) {
      List<Path> found = new ArrayList<>();
      jars.forEach(found::add);
      found.sort(null); // a directory lists its entries in no order
      for (Path jar : found) {
        add(urls, jar);
      }
    }
  }

  private static void add(List<URL> urls, Path element) throws MalformedURLException {
    if (!Files.exists(element)) {
      throw CommandException.usage(
          "--class-path names " + element.toAbsolutePath() + ", which does not exist");
    }
    urls.add(element.toUri().toURL());
  }
}
