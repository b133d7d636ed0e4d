package dev.lastly.internal.row;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Computes the column {@code checksum}: CRC-32C over a call, which detects damage to the row.
 * Stateless.
 */
final class CallChecksum {
  // Neither byte occurs in UTF-8, so text that moves from one part to the next changes the
  // checksum.
  private static final int END = 0xff;
  private static final int ABSENT = 0xfe;

  private CallChecksum() {}

  /** The checksum, from 0 to 2³² - 1. */
  static long of(
      String name,
      String function,
      @Nullable String classDigest,
      String arguments,
      @Nullable String options) {
    CRC32C crc = new CRC32C();
    add(crc, name);
    add(crc, function);
    add(crc, classDigest);
    add(crc, arguments);
    if (options != null) { // most rows have none, and a program of another language writes none
      add(crc, options);
    }
    return crc.getValue();
  }

  private static void add(CRC32C crc, @Nullable String part) {
    if (part == null) {
      crc.update(ABSENT);
    } else {
      crc.update(part.getBytes(StandardCharsets.UTF_8));
    }
    crc.update(END);
  }
}
