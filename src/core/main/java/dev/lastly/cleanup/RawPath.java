package dev.lastly.cleanup;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;

/** A path of exactly these bytes, whatever the locale can spell. */
final class RawPath {
  private RawPath() {}

  /**
   * Made from a URI, a path has exactly its bytes.
   *
   * @param bytes a character for each byte
   * @throws IllegalArgumentException if it is no absolute path
   */
  static Path of(String bytes) {
    StringBuilder uri = new StringBuilder("file://");
    for (int i = 0; i < bytes.length(); i++) {
      char c = bytes.charAt(i);
      uri.append(c == '/' ? "/" : String.format(Locale.ROOT, "%%%02X", (int) c));
    }
    return Path.of(URI.create(uri.toString()));
  }
}
