package dev.lastly.internal.posix;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Determines whether this process passes a text to the kernel as its UTF-8 bytes, which is the
 * meaning of text in a row. A JVM takes the encoding from the locale in which it starts. In the C
 * locale it passes {@code ?} for each character beyond ASCII, and in a Latin-1 locale other bytes.
 * Both name another file, and no call reports an error. Stateless.
 *
 * <p>This class tests what the JDK does, and does not trust a system property, which programs can
 * change.
 */
public final class NativeText {
  /** Characters of two, three and four bytes in UTF-8. */
  private static final String SAMPLE = "\u00fc\u20ac\ud834\udd1e";

  private static final String SAMPLE_ESCAPED = "%C3%BC%E2%82%AC%F0%9D%84%9E";

  private static final boolean PATHS_ARE_UTF8 = pathsAreUtf8();

  /** Before JDK 18 (JEP 400), the JDK passes arguments to programs in the default charset. */
  private static final boolean PROGRAMS_ARE_UTF8 =
      Runtime.version().feature() >= 18
          ? PATHS_ARE_UTF8
          : Charset.defaultCharset().equals(StandardCharsets.UTF_8);

  private NativeText() {}

  /**
   * Whether a path of this text means the same file in every process that passes this check.
   *
   * @param text any text
   * @return false if this process would pass other bytes than those of UTF-8, or if UTF-8 cannot
   *     encode the text (half a surrogate pair)
   */
  public static boolean isSpelled(String text) {
    return isAscii(text) || (PATHS_ARE_UTF8 && isWellFormed(text));
  }

  /**
   * Like {@link #isSpelled}, for an argument, an environment variable or the working directory of a
   * program that this process starts.
   *
   * @param text any text
   * @return false if the program would get other bytes than those of UTF-8
   */
  public static boolean isSpelledForPrograms(String text) {
    return isAscii(text) || (PATHS_ARE_UTF8 && PROGRAMS_ARE_UTF8 && isWellFormed(text));
  }

  /**
   * Whether this process spells every text that UTF-8 can encode, in paths and for programs.
   *
   * @return true in a UTF-8 locale
   */
  public static boolean isUtf8() {
    return PATHS_ARE_UTF8 && PROGRAMS_ARE_UTF8;
  }

  /**
   * The advice for a text that this process does not spell.
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
      return false; // the locale's encoding lacks a character
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
