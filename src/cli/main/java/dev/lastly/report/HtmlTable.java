package dev.lastly.report;

import java.util.List;

/**
 * A table that becomes a list of cards on a narrow screen: each cell says there what it is. For one
 * thread.
 */
final class HtmlTable {
  private final List<String> headings;
  private final Markup markup = new Markup();
  private int column;

  HtmlTable(String caption, String... headings) {
    this.headings = List.of(headings);
    markup.open("table").element("caption", caption).open("thead").open("tr");
    for (String heading : headings) {
      markup.element("th", heading, "scope", "col");
    }
    markup.close().close().open("tbody");
  }

  HtmlTable row(Markup first) {
    markup.open("tr").open("th", "scope", "row", "data-label", headings.get(0));
    markup.open("div").add(first).close().close();
    column = 1;
    return this;
  }

  HtmlTable cell(Markup content) {
    markup.open("td", "data-label", headings.get(column++));
    markup.open("div").add(content).close().close();
    return this;
  }

  HtmlTable cell(String text) {
    return cell(new Markup().text(text));
  }

  /** A figure: set flush right; a zero is there, but does not draw the eye. */
  HtmlTable number(String text) {
    String style = text.equals("0") || text.equals("–") ? "number zero" : "number";
    markup.open("td", "class", style, "data-label", headings.get(column++));
    markup.element("div", text).close();
    return this;
  }

  HtmlTable endRow() {
    markup.close().line();
    return this;
  }

  Markup markup() {
    return markup.close().close();
  }
}
