package dev.lastly.site;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a link leads: to a page, to another file of the repository, or out of it.
 *
 * @param file the path below the root; null outside the repository
 * @param anchor after {@code #}; null if there is none
 * @param fault why the link leads nowhere; null if it leads somewhere
 */
record Destination(@Nullable Path file, @Nullable String anchor, @Nullable String fault) {
  private static final Set<String> OUTSIDE = Set.of("https", "http", "mailto");

  /** What a build makes, and what Git keeps for itself: no file of the repository. */
  private static final Set<String> NOT_KEPT = Set.of("target", ".git");

  static Destination of(Path root, Map<Path, Article> articles, Article from, String link) {
    URI uri;
    try {
      uri = new URI(link);
    } catch (URISyntaxException e) {
      return broken("no address: " + e.getMessage());
    }
    if (uri.getScheme() != null) {
      return OUTSIDE.contains(uri.getScheme())
          ? new Destination(null, null, null)
          : broken("leads to another scheme than " + OUTSIDE);
    }
    String path = uri.getPath();
    Path file = path.isEmpty() ? from.file() : from.file().resolveSibling(path).normalize();
    if (path.startsWith("/") || file.startsWith("..")) {
      return broken("leads out of the repository");
    }
    for (Path name : file) {
      if (NOT_KEPT.contains(name.toString())) {
        return broken("leads to " + file + ", which is not in the repository");
      }
    }
    if (!Files.exists(root.resolve(file))) {
      return broken("leads to " + file + ", which is not there");
    }
    return new Destination(file, uri.getFragment(), missing(articles, file, uri.getFragment()));
  }

  private static @Nullable String missing(
      Map<Path, Article> articles, Path file, @Nullable String anchor) {
    if (anchor == null) {
      return null;
    }
    Article article = articles.get(file);
    if (article == null) {
      return "leads to a place in " + file + ", which is no page";
    }
    return article.hasAnchor(anchor) ? null : "leads to " + file + ", which has no #" + anchor;
  }

  private static Destination broken(String fault) {
    return new Destination(null, null, fault);
  }
}
