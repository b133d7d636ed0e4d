package dev.lastly.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** What every target asks of every input. */
public final class Oracle {
  /** No message that people read needs more, whatever it quotes. */
  private static final int MAX_MESSAGE = 20_000;

  private Oracle() {}

  /** Fails the input: a find. */
  public static void require(boolean condition, Supplier<String> otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise.get());
    }
  }

  /** A refusal says why, in words that a person can read to the end. */
  public static void requireClear(Throwable refusal) {
    String message = refusal.getMessage();
    require(
        message != null && !message.isBlank() && message.length() <= MAX_MESSAGE,
        () -> "not a clear error: " + refusal.getClass());
  }

  /**
   * A new directory for files of a target; the parent process deletes it when this JVM has ended.
   */
  public static Path directory(String name) throws IOException {
    String scratch = System.getProperty(FuzzChild.SCRATCH, System.getProperty("java.io.tmpdir"));
    return Files.createTempDirectory(Path.of(scratch), name);
  }

  /** As {@code /proc} is read: every byte is a character. */
  public static String bytes(byte[] input) {
    return new String(input, StandardCharsets.ISO_8859_1);
  }

  /** As the database is read. */
  public static String text(byte[] input) {
    return new String(input, StandardCharsets.UTF_8);
  }
}
