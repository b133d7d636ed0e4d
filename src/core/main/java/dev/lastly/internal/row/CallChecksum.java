package dev.lastly.internal.row;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The column {@code checksum}: CRC-32C of what is called, so that damage to it is noticed. */
final class CallChecksum {
  // Neither byte is in any UTF-8 text, so that what moves from one part to the next is noticed.
  private static final int END = 0xff;
  private static final int ABSENT = 0xfe;

  private CallChecksum() {}

  /** From 0 to 2³² - 1. */
  static long of(String name, String function, @Nullable String classDigest, String arguments) {
    CRC32C crc = new CRC32C();
    add(crc, name);
    add(crc, function);
    add(crc, classDigest);
    add(crc, arguments);
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
