package dev.lastly.internal.codec;

import java.io.File;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Determines the origin of a class. Computes each digest once per JVM, because the origin of a
 * loaded class cannot change. Thread-safe.
 */
final class CodeOrigin {
  private static final String UNKNOWN = "unknown";

  /** Stands for a digest of a file that no longer holds the code that this process runs. */
  private static final String CHANGED = "changed-since-start";

  private static final int SHORT = 16;

  /** One entry per jar on the class path. */
  private static final Map<Path, ClassFile.Digest> JAR_DIGESTS = new ConcurrentHashMap<>();

  private static final ClassValue<AtomicReference<ClassFile.@Nullable Digest>> CLASS_DIGESTS =
      new ClassValue<>() {
        @Override
        protected AtomicReference<ClassFile.@Nullable Digest> computeValue(Class<?> type) {
          return new AtomicReference<>();
        }
      };

  private static final AtomicBoolean REMEMBERED = new AtomicBoolean();

  private static final ClassValue<String> MODULES =
      new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> type) {
          return describe(type);
        }
      };

  private CodeOrigin() {}

  /**
   * Records the files of the class path, to detect later that they were replaced. Call it as early
   * as possible, when a manager opens.
   */
  static void rememberClassPath() {
    if (!REMEMBERED.getAndSet(true)) {
      Set<Path> directories = new LinkedHashSet<>();
      for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
        Path path = Path.of(entry).toAbsolutePath();
        Path directory = entry.endsWith(".jar") ? path.getParent() : path;
        if (directory != null) {
          directories.add(directory);
        }
      }
      SameFile.SINCE_START.remember(directories);
    }
  }

  /** The digest of the class file as it was loaded. */
  static ClassFile.Digest digest(Class<?> type) {
    AtomicReference<ClassFile.@Nullable Digest> slot = CLASS_DIGESTS.get(type);
    ClassFile.Digest known = slot.get();
    if (known != null) {
      return known;
    }
    ClassFile.Digest digest = ClassFile.digest(type);
    if (digest.hex() != null) { // a failure may be temporary, such as too few file descriptors
      slot.set(digest);
    }
    return digest;
  }

  /** SHA-256 of the class file, in hex; null if the file cannot be read or has changed. */
  static @Nullable String classDigest(Class<?> type) {
    return digest(type).hex();
  }

  /**
   * The jar or directory, {@code #}, and the start of the digest of the jar or class file. If the
   * file has changed since the class was loaded, {@code changed-since-start} stands in place of the
   * digest.
   */
  static String module(Class<?> type) {
    return MODULES.get(type);
  }

  private static String describe(Class<?> type) {
    Module module = type.getModule();
    if (module.isNamed() && Members.isPlatform(type)) {
      return "jrt:/" + module.getName() + "#" + Runtime.version();
    }
    URL location = ClassFile.source(type);
    if (location == null) {
      return UNKNOWN;
    }
    Path path = "file".equals(location.getProtocol()) ? ClassFile.place(location) : null;
    ClassFile.Digest digest =
        path != null && Files.isRegularFile(path) ? jarDigest(path) : digest(type);
    String hex = digest.hex();
    if (hex == null && !digest.changed()) {
      return UNKNOWN;
    }
    return (path == null ? location : path)
        + "#"
        + (hex == null ? CHANGED : hex.substring(0, SHORT));
  }

  private static ClassFile.Digest jarDigest(Path jar) {
    ClassFile.Digest known = JAR_DIGESTS.get(jar);
    if (known != null) {
      // The jar may have been replaced between the loading of this class and of others.
      String change = SameFile.SINCE_START.change(jar);
      return change == null ? known : ClassFile.Digest.changed(change);
    }
    ClassFile.Digest digest = ClassFile.digestOfJar(jar);
    if (digest.hex() != null) {
      JAR_DIGESTS.put(jar, digest);
    }
    return digest;
  }
}
