package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.sqlite.util.OSInfo;

/** Which of the driver's native libraries is the one for this process. */
final class Platform {
  /** Of {@code os.arch}, what the driver calls it. */
  private static final Map<String, String> COMMON = Map.of("amd64", "x86_64", "aarch64", "aarch64");

  private Platform() {}

  /**
   * The folder in the driver's jar. To find out, the driver runs a program and lists what is mapped
   * into memory, in each JVM; on common systems one small file tells the same.
   */
  static String folder() {
    String architecture = COMMON.get(System.getProperty("os.arch", ""));
    boolean common = architecture != null && System.getProperty("os.name", "").equals("Linux");
    return common && hasGlibc() ? "Linux/" + architecture : byDriver();
  }

  static String byDriver() {
    return OSInfo.getNativeLibFolderPathForCurrentOS();
  }

  private static boolean hasGlibc() {
    try {
      return isGlibc(Posix.textOf(Path.of("/proc/self/maps")));
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether a process with these files in its memory uses glibc: not musl, nor Android's. */
  static boolean isGlibc(String maps) {
    boolean glibc = maps.contains("/libc.so.6") || maps.contains("/libc-2."); // before 2.34
    return glibc && !maps.contains("musl") && !maps.contains("android");
  }
}
