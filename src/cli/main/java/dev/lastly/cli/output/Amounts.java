package dev.lastly.cli.output;

import java.util.Locale;

/** Formats numbers for people, the same in every locale. */
public final class Amounts {
  private static final long MEBIBYTE = 1 << 20;

  private Amounts() {}

  /**
   * Formats a number with separators between the thousands.
   *
   * @param number the number
   * @return such as {@code 12,345}
   */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /**
   * Formats a number of things.
   *
   * @param number how many
   * @param one the singular
   * @param many the plural
   * @return such as {@code 1 owner}, {@code 12,345 owners}
   */
  public static String count(long number, String one, String many) {
    return count(number) + " " + (number == 1 ? one : many);
  }

  /**
   * Formats a size.
   *
   * @param bytes the number of bytes
   * @return such as {@code 12 KiB}, {@code 3.4 MiB}
   */
  public static String bytes(long bytes) {
    if (bytes < MEBIBYTE) {
      return (bytes + 1023) / 1024 + " KiB";
    }
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) MEBIBYTE);
  }
}
