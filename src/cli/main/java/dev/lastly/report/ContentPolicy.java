package dev.lastly.report;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;

/**
 * The content security policy of the page. It allows only the page's one style sheet and its one
 * script, each by its digest. Text that became markup by mistake would have no effect.
 */
final class ContentPolicy {
  private ContentPolicy() {}

  /** For a file, which makes no request. */
  static String ofFile(String style, String program) {
    return common(style, program) + "; trusted-types 'none'";
  }

  /** For a page that asks its own server for changes; one place in its script inserts markup. */
  static String ofLivePage(String style, String program) {
    return common(style, program) + "; connect-src 'self'; trusted-types lastly";
  }

  private static String common(String style, String program) {
    return String.format(
        Locale.ROOT,
        "default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none';"
            + " require-trusted-types-for 'script'",
        digest(style),
        digest(program));
  }

  private static String digest(String content) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
