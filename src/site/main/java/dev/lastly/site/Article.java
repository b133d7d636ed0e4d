package dev.lastly.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.IdGenerator;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.CustomNode;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;

/** A page of the documentation, read and looked through. */
final class Article {
  static final Set<Extension> EXTENSIONS = Set.of(TablesExtension.create());

  private static final Parser PARSER =
      Parser.builder()
          .extensions(EXTENSIONS)
          .includeSourceSpans(IncludeSourceSpans.BLOCKS_AND_INLINES)
          .build();

  /** From a heading to the next one. */
  record Section(String anchor, String heading, String text) {}

  /** A link or an image, and the line that it is in. */
  record Reference(String destination, int line) {}

  private final Path file;
  private final Node document;
  private final Map<Node, String> anchors = new HashMap<>();
  private final List<Section> sections = new ArrayList<>();
  private final List<Reference> references = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  private Article(Path file, Node document) {
    this.file = file;
    this.document = document;
    divide();
    document.accept(new Look());
  }

  /** The page at a path below a directory. */
  static Article read(Path root, Path file) throws IOException {
    return new Article(file, PARSER.parse(Files.readString(root.resolve(file))));
  }

  /** The path below the root. */
  Path file() {
    return file;
  }

  Node document() {
    return document;
  }

  String title() {
    return sections.get(0).heading();
  }

  List<Section> sections() {
    return sections;
  }

  List<Reference> references() {
    return references;
  }

  /** What is wrong with the page itself: it begins with a file and a line. */
  List<String> faults() {
    return faults;
  }

  boolean hasAnchor(String anchor) {
    return sections.stream().anyMatch(section -> section.anchor().equals(anchor));
  }

  /** The anchor of a heading of this page. */
  String anchor(Node heading) {
    return anchors.getOrDefault(heading, "");
  }

  /** Cuts the page at its headings, and gives each an anchor, as code forges do. */
  private void divide() {
    IdGenerator ids = IdGenerator.builder().build();
    StringBuilder text = new StringBuilder();
    String anchor = "";
    String heading = file.toString();
    for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
      if (node instanceof Heading) {
        add(anchor, heading, text);
        heading = PlainText.of(node);
        anchor = ids.generateId(heading);
        anchors.put(node, anchor);
      } else if (!(node instanceof HtmlBlock)) {
        text.append(PlainText.of(node)).append(' ');
      }
    }
    add(anchor, heading, text);
    if (sections.size() > 1 && sections.get(0).anchor().isEmpty()) {
      faults.add(file + ":1: expected a heading, as the page's title, before any text");
    }
  }

  private void add(String anchor, String heading, StringBuilder text) {
    if (!anchor.isEmpty() || !text.isEmpty()) {
      sections.add(new Section(anchor, heading, text.toString().strip()));
    }
    text.setLength(0);
  }

  private static int line(Node node) {
    for (Node at = node; at != null; at = at.getParent()) {
      List<SourceSpan> spans = at.getSourceSpans();
      if (!spans.isEmpty()) {
        return spans.get(0).getLineIndex() + 1;
      }
    }
    return 1;
  }

  private void fault(Node node, String text) {
    faults.add(file + ":" + line(node) + ": " + text);
  }

  /** What people read of a node, its code without the marks. */
  private static final class PlainText extends AbstractVisitor {
    private final StringBuilder text = new StringBuilder();

    static String of(Node node) {
      PlainText all = new PlainText();
      node.accept(all);
      return all.text.toString().strip().replaceAll("\\s+", " ");
    }

    @Override
    public void visit(Text node) {
      text.append(node.getLiteral());
    }

    @Override
    public void visit(Code node) {
      text.append(node.getLiteral());
    }

    @Override
    public void visit(FencedCodeBlock node) {
      text.append(node.getLiteral());
    }

    @Override
    public void visit(SoftLineBreak node) {
      text.append(' ');
    }

    @Override
    public void visit(Paragraph node) {
      visitChildren(node);
      text.append(' ');
    }

    @Override
    public void visit(CustomNode node) { // a cell of a table
      visitChildren(node);
      text.append(' ');
    }
  }

  private final class Look extends AbstractVisitor {
    @Override
    public void visit(FencedCodeBlock block) {
      if (block.getClosingFenceLength() == null) {
        fault(block, "this fence is not closed");
      } else if (block.getInfo().isBlank()) {
        fault(block, "this code block has no language; 'text' is one");
      }
    }

    @Override
    public void visit(IndentedCodeBlock block) {
      fault(block, "this indented code block has no language; put it between ``` fences");
    }

    @Override
    public void visit(HtmlBlock block) {
      html(block, block.getLiteral());
    }

    @Override
    public void visit(HtmlInline inline) {
      html(inline, inline.getLiteral());
    }

    private void html(Node node, String literal) {
      if (!literal.strip().startsWith("<!--")) {
        fault(node, "HTML that is no comment: write Markdown, or put it between backticks");
      }
    }

    @Override
    public void visit(Link link) {
      references.add(new Reference(link.getDestination(), line(link)));
      visitChildren(link);
    }

    @Override
    public void visit(Image image) {
      references.add(new Reference(image.getDestination(), line(image)));
      visitChildren(image);
    }
  }
}
