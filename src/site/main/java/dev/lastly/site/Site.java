package dev.lastly.site;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.renderer.html.HtmlRenderer;

/** Checks the pages of a repository, and writes a site of static files. */
public final class Site {
  private static final List<String> RESOURCES = List.of("site.css", "site.js");

  private final Path root;
  private final Map<Path, Article> articles;
  private final Frame frame;

  private Site(Path root, Map<Path, Article> articles) {
    this.root = root;
    this.articles = articles;
    this.frame = new Frame(articles);
  }

  /**
   * Builds the site, or says what is wrong with the pages, and exits with 1.
   *
   * @param args the directory of the repository, and that of the site
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    Site site = read(Path.of(args[0]));
    List<String> faults = site.faults();
    if (!faults.isEmpty()) {
      faults.forEach(System.err::println);
      System.err.println("No site was built. Correct these lines.");
      System.exit(1);
    }
    site.write(Path.of(args[1]));
    System.out.println(Path.of(args[1]).resolve("index.html"));
  }

  /** The pages: those at the top, and those in {@code docs}. */
  static Site read(Path root) throws IOException {
    Map<Path, Article> articles = new TreeMap<>();
    for (Path directory : List.of(root, root.resolve("docs"))) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(name -> name.toString().endsWith(".md")).toList()) {
          Article article = Article.read(root, root.relativize(file));
          articles.put(article.file(), article);
        }
      }
    }
    return new Site(root, articles);
  }

  /** What is wrong, one line each, which begins with a file and a line. */
  List<String> faults() {
    List<String> faults = new ArrayList<>(frame.faults());
    for (Article article : articles.values()) {
      faults.addAll(article.faults());
      for (Article.Reference reference : article.references()) {
        String fault = destination(article, reference.destination()).fault();
        if (fault != null) {
          faults.add(
              article.file()
                  + ":"
                  + reference.line()
                  + ": the link '"
                  + reference.destination()
                  + "' "
                  + fault);
        }
      }
    }
    return faults;
  }

  private Destination destination(Article from, String link) {
    return Destination.of(root, articles, from, link);
  }

  /** Writes the site into a directory, over what is there. */
  void write(Path target) throws IOException {
    for (Article article : articles.values()) {
      for (Article.Reference reference : article.references()) {
        Path file = destination(article, reference.destination()).file();
        if (file != null && !articles.containsKey(file)) {
          copy(file, target);
        }
      }
      String body = html(article);
      put(target.resolve(Frame.address(article.file())), frame.around(article, body));
    }
    put(target.resolve("search-index.js"), SearchIndex.of(articles.values()));
    for (String name : RESOURCES) {
      try (InputStream in = Site.class.getResourceAsStream(name)) {
        if (in == null) {
          throw new IOException("the resource " + name + " is not on the class path");
        }
        Files.copy(in, target.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** A file that a page links to, or a directory with its files. */
  private void copy(Path file, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(root.resolve(file))) {
      for (Path from : files.filter(Files::isRegularFile).toList()) {
        Path to = target.resolve(root.relativize(from));
        Files.createDirectories(to.resolveSibling(""));
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static void put(Path file, String text) throws IOException {
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, text);
  }

  private String html(Article article) {
    article.document().accept(new Rewriting(article));
    return HtmlRenderer.builder()
        .extensions(Article.EXTENSIONS)
        .attributeProviderFactory(
            context ->
                (node, tag, attributes) -> {
                  if (node instanceof Heading) {
                    attributes.put("id", article.anchor(node));
                  }
                })
        .build()
        .render(article.document());
  }

  /** Links between pages of Markdown become links between pages of the site. */
  private final class Rewriting extends AbstractVisitor {
    private final Article article;

    private Rewriting(Article article) {
      this.article = article;
    }

    @Override
    public void visit(Link link) {
      link.setDestination(rewritten(link.getDestination()));
      visitChildren(link);
    }

    @Override
    public void visit(Image image) {
      image.setDestination(rewritten(image.getDestination()));
      visitChildren(image);
    }

    private String rewritten(String link) {
      Destination destination = destination(article, link);
      Path file = destination.file();
      if (file == null) {
        return link;
      }
      Path here = Path.of(Frame.address(article.file()));
      Path there = articles.containsKey(file) ? Path.of(Frame.address(file)) : file;
      Path directory = here.getParent();
      String path = (directory == null ? there : directory.relativize(there)).toString();
      return destination.anchor() == null ? path : path + "#" + destination.anchor();
    }
  }
}
