package dev.lastly.fleet.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A clock for durations that also runs while the machine is suspended, which {@link
 * System#nanoTime} does not: a lease runs out in that time. lxcfs shows the uptime of the container
 * in place of the machine's, so only differences mean something.
 */
final class Uptime {
  private static final Path FILE = Path.of("/proc/uptime");

  private Uptime() {}

  /** The clock of this machine, in milliseconds. */
  static LongSupplier ofThisMachine() {
    return Uptime::millis;
  }

  private static long millis() {
    try {
      String text = Files.readString(FILE, StandardCharsets.US_ASCII);
      return parse(text.substring(0, text.indexOf(' ')));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read "
              + FILE
              + ", the only clock that counts the time of a suspended machine: mount /proc",
          e);
    }
  }

  /** Parses seconds with two decimals. */
  static long parse(String seconds) {
    int dot = seconds.indexOf('.');
    return Duration.ofSeconds(Long.parseLong(seconds.substring(0, dot))).toMillis()
        + Long.parseLong(seconds.substring(dot + 1)) * 10;
  }
}
