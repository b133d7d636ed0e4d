package dev.lastly.cli.output;

import java.util.Locale;

/** Numbers as people read them, the same in every language. */
public final class Amounts {
  private static final long MEBIBYTE = 1 << 20;

  private Amounts() {}

  /**
   * A number with its thousands set apart.
   *
   * @param number the number
   * @return such as {@code 12,345}
   */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /**
   * A number of things.
   *
   * @param number how many
   * @param one what one is called
   * @param many what several are called
   * @return such as {@code 1 owner}, {@code 12,345 owners}
   */
  public static String count(long number, String one, String many) {
    return count(number) + " " + (number == 1 ? one : many);
  }

  /**
   * A size.
   *
   * @param bytes how many bytes
   * @return such as {@code 12 KiB}, {@code 3.4 MiB}
   */
  public static String bytes(long bytes) {
    if (bytes < MEBIBYTE) {
      return (bytes + 1023) / 1024 + " KiB";
    }
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) MEBIBYTE);
  }
}
