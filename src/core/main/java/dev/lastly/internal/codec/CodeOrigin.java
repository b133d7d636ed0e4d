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
 * Where a class came from. Every digest is made once in a JVM: what a class was loaded from does
 * not change any more.
 */
final class CodeOrigin {
  private static final String UNKNOWN = "unknown";

  /** In the place of a digest that would be of other code than this process runs. */
  private static final String CHANGED = "changed-since-start";

  private static final int SHORT = 16;

  /** As many entries as there are jars on the class path. */
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
   * Looks where the class path leads, to notice later if it leads elsewhere. The earlier, the
   * better: when a manager is opened.
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

  /** Of the class file as it was loaded. */
  static ClassFile.Digest digest(Class<?> type) {
    AtomicReference<ClassFile.@Nullable Digest> slot = CLASS_DIGESTS.get(type);
    ClassFile.Digest known = slot.get();
    if (known != null) {
      return known;
    }
    ClassFile.Digest digest = ClassFile.digest(type);
    if (digest.hex() != null) { // else it may be for want of a file descriptor
      slot.set(digest);
    }
    return digest;
  }

  /** SHA-256 of the class file, in hex; null if it cannot be had. */
  static @Nullable String classDigest(Class<?> type) {
    return digest(type).hex();
  }

  /**
   * Jar or directory, {@code #}, start of the digest of the jar or of the class file. In place of
   * the digest: {@code changed-since-start}, if the file is no longer what was loaded.
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
      // This class may have been loaded after others, and from what the jar was by then.
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
