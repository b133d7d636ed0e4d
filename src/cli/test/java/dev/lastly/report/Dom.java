package dev.lastly.report;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

/** Reads what {@link Markup} has built: it is well-formed XML, so Java's own parser can tell. */
final class Dom {
  private static final Pattern PROGRAM =
      Pattern.compile("(?s)(<(script|style)(?: [^>]*)?>)(.*?)(</\\2>)");

  private Dom() {}

  /** Programs and styles are left out: their signs mean something else in XML. */
  static Document page(String html) throws Exception {
    return parse(PROGRAM.matcher(html.replace("<!DOCTYPE html>", "")).replaceAll("$1$4"));
  }

  static Document parse(String markup) throws Exception {
    DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    parser.setErrorHandler(
        new DefaultHandler() {
          @Override
          public void fatalError(SAXParseException e) throws SAXParseException {
            throw e; // and no line on standard error
          }
        });
    return parser.parse(new InputSource(new StringReader(markup)));
  }

  /** The contents of the elements of a name that the parser does not see. */
  static List<String> raw(String html, String tag) {
    List<String> contents = new ArrayList<>();
    Matcher matcher = PROGRAM.matcher(html);
    while (matcher.find()) {
      if (matcher.group(2).equals(tag)) {
        contents.add(matcher.group(3));
      }
    }
    return contents;
  }

  /** An element and all within. */
  static List<Element> elements(Element root) {
    List<Element> elements = new ArrayList<>(List.of(root));
    NodeList all = root.getElementsByTagName("*");
    for (int i = 0; i < all.getLength(); i++) {
      elements.add((Element) all.item(i));
    }
    return elements;
  }

  /** The text of the element with an id, with single spaces. */
  static String text(Document page, String id) {
    return elements(page.getDocumentElement()).stream()
        .filter(element -> element.getAttribute("id").equals(id))
        .map(element -> element.getTextContent().replaceAll("\\s+", " ").strip())
        .findFirst()
        .orElseThrow(() -> new AssertionError("nothing has the id " + id));
  }
}
