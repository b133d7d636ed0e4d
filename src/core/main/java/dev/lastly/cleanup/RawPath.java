package dev.lastly.cleanup;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;

/** Makes a path of given bytes, even if the locale cannot spell them. Stateless. */
final class RawPath {
  private RawPath() {}

  /**
   * Makes the path from a URI, whose bytes Java uses unchanged.
   *
   * @param bytes one character per byte
   * @throws IllegalArgumentException if the path is not absolute
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
