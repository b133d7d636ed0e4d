package dev.lastly.internal.posix;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The bytes of a path, a character for each, whatever the locale can spell. Only its URI has them.
 */
public final class PathBytes {
  private PathBytes() {}

  /**
   * The path of exactly these bytes.
   *
   * @param bytes a character for each byte
   * @return the path
   * @throws IllegalArgumentException if it is no absolute path
   */
  public static Path path(String bytes) {
    StringBuilder uri = new StringBuilder("file://");
    for (int i = 0; i < bytes.length(); i++) {
      char c = bytes.charAt(i);
      uri.append(c == '/' ? "/" : String.format(Locale.ROOT, "%%%02X", (int) c));
    }
    return Path.of(URI.create(uri.toString()));
  }

  /**
   * The bytes of a path.
   *
   * @param path any path
   * @return a character for each byte of its absolute name
   */
  public static String of(Path path) {
    String uri = path.toAbsolutePath().toUri().getRawPath();
    String name = uri.length() > 1 && uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
    StringBuilder bytes = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == '%') {
        bytes.append((char) Integer.parseInt(name.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.append(name.charAt(i));
      }
    }
    return bytes.toString();
  }
}
