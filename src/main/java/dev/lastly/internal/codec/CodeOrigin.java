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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Where a class came from. Every digest is made once in a JVM. */
final class CodeOrigin {
  private static final String UNKNOWN = "unknown";
  private static final int SHORT = 16;

  /** As many entries as there are jars on the class path. */
  private static final Map<Path, String> JAR_DIGESTS = new ConcurrentHashMap<>();

  private static final ClassValue<Optional<String>> CLASS_DIGESTS =
      new ClassValue<>() {
        @Override
        protected Optional<String> computeValue(Class<?> type) {
          return digestOfClassFile(type);
        }
      };

  private static final ClassValue<String> MODULES =
      new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> type) {
          return describe(type);
        }
      };

  private CodeOrigin() {}

  /** SHA-256 of the class file, in hex; null if it cannot be read. */
  static @Nullable String classDigest(Class<?> type) {
    return CLASS_DIGESTS.get(type).orElse(null);
  }

  /** Jar or directory, {@code #}, digest of the jar or of the class file. */
  static String module(Class<?> type) {
    return MODULES.get(type);
  }

  private static String describe(Class<?> type) {
    Module module = type.getModule();
    if (module.isNamed() && Members.isPlatform(type)) {
      return "jrt:/" + module.getName() + "#" + Runtime.version();
    }
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    if (location == null) {
      return UNKNOWN;
    }
    Path path = localPath(location);
    String digest = path != null && Files.isRegularFile(path) ? jarDigest(path) : classDigest(type);
    return digest == null
        ? UNKNOWN
        : (path == null ? location : path) + "#" + digest.substring(0, SHORT);
  }

  private static @Nullable Path localPath(URL location) {
    try {
      URI uri = location.toURI();
      return "file".equals(uri.getScheme()) ? Path.of(uri) : null;
    } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
      return null;
    }
  }

  private static @Nullable String jarDigest(Path jar) {
    String known = JAR_DIGESTS.get(jar);
    if (known != null) {
      return known;
    }
    try (InputStream in = Files.newInputStream(jar)) {
      String digest = sha256(in);
      JAR_DIGESTS.put(jar, digest);
      return digest;
    } catch (IOException e) {
      return null;
    }
  }

  private static Optional<String> digestOfClassFile(Class<?> type) {
    String resource = "/" + type.getName().replace('.', '/') + ".class";
    try (InputStream in = type.getResourceAsStream(resource)) {
      return in == null ? Optional.empty() : Optional.of(sha256(in));
    } catch (IOException e) {
      return Optional.empty();
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
