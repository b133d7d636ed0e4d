package dev.lastly.internal.posix;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Whether this process hands a text to the kernel as its UTF-8 bytes, which is what text in a row
 * means. A JVM takes the encoding from the locale that it starts in. In the C locale it hands over
 * {@code ?} for each character beyond ASCII, and in a Latin-1 locale other bytes: both name another
 * file, and neither is an error that anything reports.
 *
 * <p>This asks what the JDK does, not what a system property says: properties can be changed.
 */
public final class NativeText {
  /** Two, three and four bytes of UTF-8. */
  private static final String SAMPLE = "\u00fc\u20ac\ud834\udd1e";

  private static final String SAMPLE_ESCAPED = "%C3%BC%E2%82%AC%F0%9D%84%9E";

  private static final boolean PATHS_ARE_UTF8 = pathsAreUtf8();

  /** Before JDK 18 (JEP 400), programs get their arguments in the default charset. */
  private static final boolean PROGRAMS_ARE_UTF8 =
      Runtime.version().feature() >= 18
          ? PATHS_ARE_UTF8
          : Charset.defaultCharset().equals(StandardCharsets.UTF_8);

  private NativeText() {}

  /**
   * Whether a path of this text means the same file in every process that passes this check.
   *
   * @param text any text
   * @return false if this process would hand over other bytes than those of UTF-8, or if UTF-8 has
   *     none for it (half a surrogate pair)
   */
  public static boolean isSpelled(String text) {
    return isAscii(text) || (PATHS_ARE_UTF8 && isWellFormed(text));
  }

  /**
   * The same for an argument or a variable of a program that this process starts, or for the
   * directory in which it starts it.
   *
   * @param text any text
   * @return false if the program would get other bytes than those of UTF-8
   */
  public static boolean isSpelledForPrograms(String text) {
    return isAscii(text) || (PATHS_ARE_UTF8 && PROGRAMS_ARE_UTF8 && isWellFormed(text));
  }

  /**
   * Whether everything that UTF-8 can spell is spelled by this process, in paths and for programs.
   *
   * @return true in a UTF-8 locale
   */
  public static boolean isUtf8() {
    return PATHS_ARE_UTF8 && PROGRAMS_ARE_UTF8;
  }

  /**
   * What a person can do about a text that is not spelled.
   *
   * @return the end of a message: the reason and the remedy
   */
  public static String advice() {
    return "the locale of this process (sun.jnu.encoding "
        + System.getProperty("sun.jnu.encoding", "unknown")
        + ") spells it in other bytes than UTF-8; start the JVM with LC_ALL=C.UTF-8";
  }

  private static boolean pathsAreUtf8() {
    try {
      return Path.of("/" + SAMPLE).toUri().getRawPath().equals("/" + SAMPLE_ESCAPED);
    } catch (InvalidPathException e) {
      return false; // it has characters that the locale's encoding lacks
    }
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isSurrogatePair(
            text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 'x')) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
