package dev.lastly.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;

/**
 * Builds HTML that is also well-formed XML. Whatever is given as a value is escaped, and names must
 * look like names: nothing that comes from a database can become markup. For one thread.
 */
final class Markup {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9-]*");

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** Begins an element; attributes are names and values in turn. */
  Markup open(String tag, Object... attributes) {
    begin(tag, attributes).append('>');
    open.push(tag);
    return this;
  }

  /** Ends the element that was begun last. */
  Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** An element without content. */
  Markup empty(String tag, Object... attributes) {
    begin(tag, attributes).append("/>");
    return this;
  }

  /** An element with nothing but text in it. */
  Markup element(String tag, String text, Object... attributes) {
    return open(tag, attributes).text(text).close();
  }

  Markup text(String text) {
    escape(Visible.text(text));
    return this;
  }

  /** A value from the database: its direction does not leak into what surrounds it. */
  Markup value(String text) {
    return element("bdi", text);
  }

  /** For what needs no look, between sections. */
  Markup line() {
    out.append('\n');
    return this;
  }

  /** Something that was built by another one and is complete. */
  Markup add(Markup part) {
    part.requireComplete();
    out.append(part.out);
    return this;
  }

  /**
   * Puts a program, a style sheet or data into an element as it is. Only for what we have written,
   * or escaped for that place, ourselves.
   */
  Markup raw(String tag, String content, Object... attributes) {
    if (content.contains("</") || content.contains("<!--")) {
      throw new IllegalArgumentException("the content of <" + tag + "> would end it");
    }
    open(tag, attributes);
    out.append(content);
    return close();
  }

  private StringBuilder begin(String tag, Object... attributes) {
    out.append('<').append(name(tag));
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(name(attributes[i].toString())).append("=\"");
      escape(Visible.text(attributes[i + 1].toString()));
      out.append('"');
    }
    return out;
  }

  private static String name(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + name + "' is no name of an element or attribute");
    }
    return name;
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
  }

  private void requireComplete() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
  }

  @Override
  public String toString() {
    requireComplete();
    return out.toString();
  }
}
