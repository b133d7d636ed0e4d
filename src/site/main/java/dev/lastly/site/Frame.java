package dev.lastly.site;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What surrounds each page: the head, the search and the list of all pages. */
final class Frame {
  /** Each page once, in the order of the list. */
  private static final Map<String, List<String>> GROUPS = new LinkedHashMap<>();

  static {
    GROUPS.put("Begin", List.of("README", "docs/tutorial", "docs/faq", "docs/migrating"));
    GROUPS.put(
        "Use",
        List.of(
            "docs/cleanup-cookbook",
            "docs/testing-your-cleanup",
            "docs/guardian",
            "docs/spring-boot",
            "docs/kotlin-and-scala",
            "docs/native-image",
            "docs/fleet"));
    GROUPS.put(
        "Operate",
        List.of(
            "docs/operating",
            "docs/recipes",
            "docs/cli",
            "docs/report",
            "docs/metrics",
            "docs/logging-and-tracing",
            "docs/auditing",
            "docs/security"));
    GROUPS.put(
        "Know",
        List.of(
            "docs/guarantees",
            "docs/ownership",
            "docs/schema",
            "docs/protocol",
            "docs/benchmarks",
            "docs/architecture",
            "docs/design-decisions"));
    GROUPS.put("Take part", List.of("CONTRIBUTING", "docs/testing", "SECURITY", "CHANGELOG"));
  }

  private final Map<Path, Article> articles;

  Frame(Map<Path, Article> articles) {
    this.articles = articles;
  }

  /** The pages that no list names, and those that a list names and that are not there. */
  List<String> faults() {
    List<Path> listed =
        GROUPS.values().stream().flatMap(List::stream).map(name -> Path.of(name + ".md")).toList();
    List<String> faults = new ArrayList<>();
    for (Path file : articles.keySet()) {
      if (!listed.contains(file)) {
        faults.add(file + ":1: no list of pages names it; add it to Frame.GROUPS");
      }
    }
    return faults;
  }

  /** The page as HTML. */
  String around(Article article, String body) {
    String up = article.file().getNameCount() > 1 ? "../" : "";
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>%1$s</title>
    <link rel="stylesheet" href="%2$ssite.css">
    </head>
    <body data-up="%2$s">
    <header>
    <a class="home" href="%2$sindex.html">Lastly</a>
    <form role="search"><input id="search" type="search" name="q" placeholder="Search" aria-label="Search"
    autocomplete="off"></form>
    <ol id="found" aria-live="polite" hidden></ol>
    </header>
    <nav aria-label="Pages"><details open><summary>Pages</summary>
    %3$s</details></nav>
    <main>
    %4$s</main>
    <script src="%2$ssearch-index.js"></script>
    <script src="%2$ssite.js"></script>
    </body>
    </html>
    """
        .formatted(escape(title(article)), up, list(article, up), body);
  }

  private static String title(Article article) {
    return article.title().equals("Lastly") ? "Lastly" : article.title() + " · Lastly";
  }

  private String list(Article current, String up) {
    return GROUPS.entrySet().stream()
        .map(
            group ->
                "<h2>%s</h2>\n<ul>\n%s</ul>\n"
                    .formatted(
                        group.getKey(),
                        group.getValue().stream()
                            .map(name -> entry(Path.of(name + ".md"), current, up))
                            .collect(Collectors.joining())))
        .collect(Collectors.joining());
  }

  private String entry(Path file, Article current, String up) {
    Article article = articles.get(file);
    if (article == null) {
      return "";
    }
    return "<li><a href=\"%s%s\"%s>%s</a></li>\n"
        .formatted(
            up,
            address(file),
            article == current ? " aria-current=\"page\"" : "",
            escape(article.title()));
  }

  /** Where a file of the repository is in the site. */
  static String address(Path file) {
    String name = file.toString();
    if (name.equals("README.md")) {
      return "index.html";
    }
    return name.endsWith(".md") ? name.substring(0, name.length() - 2) + "html" : name;
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
