package dev.lastly.cli;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A class path as java(1) takes it: jars, directories of classes, and {@code dir/*}. */
final class UserClassPath {
  private UserClassPath() {}

  /** A loader for the classes of an application; they see the classes of this program, too. */
  static ClassLoader loader(String classPath) {
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
