package dev.lastly.cli.output;

import dev.lastly.internal.text.Text;

/**
 * Fits texts into the cells of a terminal. Texts from the database are not trusted: a name can
 * contain sequences that move the cursor or reverse the direction of writing.
 */
public final class Cells {
  private static final char MARK = '…';

  private Cells() {}

  /**
   * Puts a text on one line, without anything that a terminal would interpret.
   *
   * @param text any text
   * @return the text with a blank for each line end or tab, and '?' for each other control
   *     character
   */
  public static String clean(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints().forEach(c -> line.appendCodePoint(clean(c)));
    return line.toString();
  }

  private static int clean(int codePoint) {
    if (codePoint == '\n' || codePoint == '\t' || codePoint == '\r') {
      return ' ';
    }
    return Text.isHidden(codePoint) ? '?' : codePoint;
  }

  /**
   * Computes how many cells a clean text takes.
   *
   * @param text a text that {@link #clean(String)} has made
   * @return the sum of 1 for each character, 2 for a wide one, 0 for a combining one
   */
  public static int width(String text) {
    return text.codePoints().map(Cells::width).sum();
  }

  private static int width(int codePoint) {
    int type = Character.getType(codePoint);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    return isWide(codePoint) ? 2 : 1;
  }

  /** An approximation of the wide and fullwidth characters of Unicode's UAX #11. */
  private static boolean isWide(int c) {
    return (c >= 0x1100 && c <= 0x115f)
        || (c >= 0x2e80 && c <= 0xa4cf && c != 0x303f)
        || (c >= 0xac00 && c <= 0xd7a3)
        || (c >= 0xf900 && c <= 0xfaff)
        || (c >= 0xfe30 && c <= 0xfe6f)
        || (c >= 0xff00 && c <= 0xff60)
        || (c >= 0xffe0 && c <= 0xffe6)
        || (c >= 0x1f300 && c <= 0x1faff)
        || (c >= 0x20000 && c <= 0x3fffd);
  }

  /**
   * Cuts a text to a width.
   *
   * @param text a clean text
   * @param width the largest number of cells, at least 1
   * @return the text, or its beginning and '…'
   */
  public static String fit(String text, int width) {
    if (width(text) <= width) {
      return text;
    }
    StringBuilder start = new StringBuilder();
    int used = 1; // the mark
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int codePoint = text.codePointAt(i);
      used += width(codePoint);
      if (used > width) {
        break;
      }
      start.appendCodePoint(codePoint);
    }
    return start.append(MARK).toString();
  }

  /**
   * Pads a text with blanks.
   *
   * @param text a clean text
   * @param width the least number of cells
   * @param right whether the blanks come first
   * @return the padded text
   */
  public static String pad(String text, int width, boolean right) {
    String blanks = " ".repeat(Math.max(0, width - width(text)));
    return right ? blanks + text : text + blanks;
  }
}
