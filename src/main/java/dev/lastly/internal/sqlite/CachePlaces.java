package dev.lastly.internal.sqlite;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where this user may keep what can be made again: the XDG Base Directory Specification. */
final class CachePlaces {
  private static final String UTF_8 = "UTF-8";

  private CachePlaces() {}

  /**
   * The places, best first.
   *
   * @param fallback a directory of ours, the last place
   * @param refusals gets one text for each place that cannot even be named
   */
  static List<Path> all(Path fallback, List<String> refusals) {
    List<Path> places = new ArrayList<>();
    String cache = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home", "");
    if (cache != null && cache.startsWith("/")) { // the specification has others ignored
      add(places, "XDG_CACHE_HOME", cache, "lastly/native", refusals);
    } else if (home.startsWith("/") && home.length() > 1) { // "?" is none
      add(places, "the home directory", home, ".cache/lastly/native", refusals);
    }
    places.add(fallback.resolve("native"));
    return places;
  }

  private static void add(
      List<Path> places, String what, String directory, String below, List<String> refusals) {
    String encoding = System.getProperty("sun.jnu.encoding", UTF_8);
    // What bytes become that are no characters of the locale; a path of it would be another one.
    boolean lossy =
        directory.indexOf('\uFFFD') >= 0
            || (directory.indexOf('?') >= 0 && !encoding.equalsIgnoreCase(UTF_8));
    try {
      if (!lossy) {
        places.add(Path.of(directory, below));
        return;
      }
    } catch (InvalidPathException e) {
      // It has characters that the encoding lacks: the same.
    }
    refusals.add(
        what
            + " "
            + directory
            + ": this process's locale ("
            + encoding
            + ") cannot spell its name");
  }
}
