package dev.lastly.site;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The sections of all pages for {@code site.js}: a script, because a page that is opened from a
 * disk may load one, and no data.
 */
final class SearchIndex {
  private SearchIndex() {}

  static String of(Collection<Article> articles) {
    return articles.stream()
        .flatMap(article -> article.sections().stream().map(section -> entry(article, section)))
        .collect(Collectors.joining(",\n", "const SECTIONS = [\n", "\n];\n"));
  }

  private static String entry(Article article, Article.Section section) {
    String anchor = section.equals(article.sections().get(0)) ? "" : "#" + section.anchor();
    return "[%s, %s, %s, %s]"
        .formatted(
            text(Frame.address(article.file()) + anchor),
            text(article.title()),
            text(section.heading()),
            text(section.text()));
  }

  /** A text of JavaScript that cannot end the script that it is in. */
  private static String text(String text) {
    StringBuilder literal = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        literal.append('\\').append(c);
      } else if (c < ' ' || c == '<' || c == '\u2028' || c == '\u2029') {
        literal.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        literal.append(c);
      }
    }
    return literal.append('"').toString();
  }
}
