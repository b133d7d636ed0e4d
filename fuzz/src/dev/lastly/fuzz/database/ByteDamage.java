package dev.lastly.fuzz.database;

import java.util.Arrays;
import java.util.List;

/**
 * Damage to files, as an input describes it: on each line a file, what is done to it, and two
 * numbers. {@code db flip 12345 3} inverts bit 3 of byte 12345; {@code set} gives the byte a value;
 * {@code zero} wipes so many bytes; {@code cut} ends the file there; {@code copy} writes the page
 * that lies at one place also to another; {@code call 17 5} flips in the text of the 17th call; and
 * {@code seal} makes the log's checksums right. What makes no sense is passed over, and what is out
 * of range is taken modulo, so that every text damages something.
 */
final class ByteDamage {
  private static final int MAX_LINES = 32;
  private static final int PAGE = 2048; // of databases that Lastly makes

  private final List<int[]> calls;
  private byte[] db;
  private byte[] wal;
  private boolean sealed;

  private ByteDamage(StoreImage image, List<int[]> calls) {
    this.db = image.db().clone();
    this.wal = image.wal().clone();
    this.calls = calls;
  }

  /**
   * Applies it.
   *
   * @param calls where the texts of calls are: file (0 or 1), from, to
   */
  static StoreImage apply(String script, StoreImage image, List<int[]> calls) {
    ByteDamage damage = new ByteDamage(image, calls);
    script.lines().limit(MAX_LINES).forEach(damage::line);
    StoreImage damaged = new StoreImage(damage.db, damage.wal);
    if (damage.sealed) {
      damaged.seal();
    }
    return damaged;
  }

  private void line(String line) {
    String[] words = line.strip().split(" +", 4);
    int first = words.length > 2 ? number(words[2]) : 0;
    int second = words.length > 3 ? number(words[3]) : 0;
    switch (words[0]) {
      case "db" -> db = done(db, words, first, second);
      case "wal" -> wal = done(wal, words, first, second);
      case "call" -> call(words.length > 1 ? number(words[1]) : 0, first);
      case "seal" -> sealed = true;
      default -> {
        // nothing
      }
    }
  }

  private void call(int which, int where) {
    int[] call = calls.get(which % calls.size());
    byte[] file = call[0] == 0 ? db : wal;
    int bit = where % (8 * (call[2] - call[1]));
    if (call[1] + bit / 8 < file.length) {
      file[call[1] + bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  private static byte[] done(byte[] file, String[] words, int first, int second) {
    if (file.length == 0) {
      return file;
    }
    int at = first % file.length;
    switch (words.length > 1 ? words[1] : "") {
      case "flip" -> file[at] ^= (byte) (1 << second % 8);
      case "set" -> file[at] = (byte) second;
      case "zero" -> Arrays.fill(file, at, at + second % (file.length - at + 1), (byte) 0);
      case "copy" -> {
        int to = second % file.length;
        int length = Math.min(PAGE, file.length - Math.max(at, to));
        System.arraycopy(file, at, file, to, length);
      }
      case "cut" -> {
        return Arrays.copyOf(file, at);
      }
      default -> {
        // nothing
      }
    }
    return file;
  }

  private static int number(String text) {
    try {
      return (int) (Long.parseLong(text) & Integer.MAX_VALUE);
    } catch (NumberFormatException e) {
      return text.hashCode() & Integer.MAX_VALUE;
    }
  }
}
