package dev.lastly.internal.posix;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Writes a page in a process of the C locale, which says in English what the system refuses: dd(1),
 * whose words {@code LC_ALL=C} determines. This JVM's own locale is settled at its start.
 * Stateless.
 */
final class PlainProbe {
  private static final int PAGE_BYTES = 4096;
  private static final int LONGEST_SECONDS = 5;

  /** How the JDK shows a process that SIGXFSZ has ended, which this JVM itself ignores. */
  private static final int KILLED_BY_FILE_SIZE = 128 + 25;

  private PlainProbe() {}

  /**
   * Creates a file, writes a page into it, and removes it.
   *
   * @param file a name that is not in use
   * @param from where the page begins, at least
   * @return what dd says; empty if nothing is refused, or if it does not end
   * @throws IOException if it cannot be started
   */
  static Optional<String> refusal(Path file, long from) throws IOException {
    long page = (from + PAGE_BYTES - 1) / PAGE_BYTES;
    Path name = file.getFileName();
    ProcessBuilder builder =
        new ProcessBuilder(
                "dd",
                "if=/dev/zero",
                "of=./" + name, // no more of the path: a message about it could hold any words
                "bs=" + PAGE_BYTES,
                "count=1",
                "seek=" + page,
                "conv=notrunc")
            .directory(file.toAbsolutePath().resolveSibling("").toFile())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    try {
      if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        return Optional.empty();
      }
      // It writes less than a pipe holds.
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return switch (process.exitValue()) {
        case 0 -> Optional.empty();
        case KILLED_BY_FILE_SIZE -> Optional.of("File too large");
        default -> Optional.of(said);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      process.destroyForcibly();
      boolean unused = Files.deleteIfExists(file);
    }
  }
}
