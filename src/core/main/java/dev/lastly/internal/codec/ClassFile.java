package dev.lastly.internal.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Digests the file from which a class was loaded. A JVM does not keep the bytes of loaded classes,
 * so this class reads the file, and accepts it only if it has not changed since the JVM started.
 * Stateless.
 */
final class ClassFile {
  private ClassFile() {}

  /**
   * A digest, or the reason why there is none.
   *
   * @param hex SHA-256, or null
   * @param problem why there is no digest, as a clause; or null
   * @param changed whether the reason is that the file has changed
   */
  record Digest(@Nullable String hex, @Nullable String problem, boolean changed) {
    static Digest of(String hex) {
      return new Digest(hex, null, false);
    }

    static Digest none(String problem) {
      return new Digest(null, problem, false);
    }

    static Digest changed(String problem) {
      return new Digest(null, problem, true);
    }
  }

  /** The digest of the class as it was loaded. */
  static Digest digest(Class<?> type) {
    URL url = type.getResource("/" + type.getName().replace('.', '/') + ".class");
    if (url == null) {
      return Digest.none("its class file cannot be found");
    }
    Path place = place(url);
    if (place == null) {
      return Digest.none(
          "its class file is " + url + ", and Lastly cannot tell whether that has changed");
    }
    URL source = source(type);
    Path from = source == null ? null : place(source);
    if (!"jrt".equals(url.getProtocol()) && (from == null || !place.startsWith(from))) {
      return Digest.none(
          String.format(
              Locale.ROOT, "its class file is %s, and the class was loaded from %s", url, source));
    }
    String hex;
    try (InputStream in = url.openStream()) {
      hex = sha256(in);
    } catch (IOException e) {
      return Digest.none("its class file " + url + " cannot be read: " + ForeignExceptions.text(e));
    }
    String change = SameFile.SINCE_START.change(place);
    return change == null ? Digest.of(hex) : Digest.changed(change);
  }

  /** The digest of a whole jar. */
  static Digest digestOfJar(Path jar) {
    String hex;
    try (InputStream in = Files.newInputStream(jar)) {
      hex = sha256(in);
    } catch (IOException e) {
      return Digest.none(jar + " cannot be read: " + ForeignExceptions.text(e));
    }
    String change = SameFile.SINCE_START.change(jar);
    return change == null ? Digest.of(hex) : Digest.changed(change);
  }

  /** The code source of a class, as its loader reports it. */
  static @Nullable URL source(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    return source == null ? null : source.getLocation();
  }

  /**
   * The file or directory on disk that contains a class's URL: the outermost of nested jars, or the
   * JDK's image; null if there is none.
   */
  static @Nullable Path place(URL url) {
    if ("jrt".equals(url.getProtocol())) {
      return Path.of(System.getProperty("java.home"), "lib", "modules");
    }
    String text = url.toString();
    boolean nested = false;
    while (text.startsWith("jar:") || text.startsWith("nested:") || text.startsWith("war:")) {
      text = text.substring(text.indexOf(':') + 1);
      nested = true;
    }
    if (text.startsWith("/")) {
      text = "file:" + text; // the rest of a nested: URL
    }
    if (!text.startsWith("file:")) {
      return null;
    }
    return nested ? outermost(text) : local(text);
  }

  /**
   * The first file of {@code file:/app.jar!/A.class} or {@code file:/app.jar/!lib/b.jar!/A.class}.
   */
  private static @Nullable Path outermost(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (text.startsWith("!/", at) || text.startsWith("/!", at) || text.startsWith("*/", at)) {
        Path path = local(text.substring(0, at));
        if (path != null && Files.isRegularFile(path)) {
          return path;
        }
      }
    }
    return null;
  }

  private static @Nullable Path local(String text) {
    try {
      return Path.of(new URI(text));
    } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
      return null;
    }
  }

  private static String sha256(InputStream in) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      long unused = new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
