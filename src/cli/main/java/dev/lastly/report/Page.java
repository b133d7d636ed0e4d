package dev.lastly.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Puts the sections together into one self-contained document. */
final class Page {
  private static final String STYLE = resource("report.css");
  private static final String PROGRAM = resource("report.js");
  private static final String LIVE_PROGRAM = PROGRAM + resource("live.js");

  private final ReportData data;

  /** The version of the data, for a live page; empty in a file. */
  private final String version;

  private Page(ReportData data, String version) {
    this.data = data;
    this.version = version;
  }

  static String file(ReportData data) {
    return new Page(data, "").document();
  }

  /** A page that asks its server again and again whether the version has changed. */
  static String live(ReportData data, String version) {
    return new Page(data, version).document();
  }

  /** The policy of a live page, which the server also sends as a header. */
  static String livePolicy() {
    return ContentPolicy.ofLivePage(STYLE, LIVE_PROGRAM);
  }

  private boolean isLive() {
    return !version.isEmpty();
  }

  private String document() {
    FunctionData table = FunctionData.of(data);
    String program = isLive() ? LIVE_PROGRAM : PROGRAM;
    Markup html = new Markup();
    html.open("html", "lang", "en").line().add(head()).line().open("body").line();
    html.element("a", "Skip to the functions", "class", "skip", "href", "#functions-title");
    html.add(header()).line().open("main", "id", "main").line();
    sections(html, table);
    html.close().line().add(footer()).line();
    html.raw("script", table.json(), "type", "application/json", "id", "data").line();
    html.raw("script", program).line();
    return "<!DOCTYPE html>\n" + html.close().line().close().line();
  }

  private void sections(Markup html, FunctionData table) {
    Timeline timeline = Timeline.of(data);
    html.add(Attention.section(data)).line().add(FiguresSection.section(data)).line();
    html.add(TimelineSection.of(data, timeline)).line();
    ReportNodes nodes = data.nodes();
    if (nodes != null) {
      html.add(NodesTable.section(nodes)).line();
    }
    html.add(OwnersTable.section(timeline)).line();
    html.add(FailuresSection.section(data)).line();
    html.add(GroupTable.byName(data)).line().add(GroupTable.byJob(data)).line();
    html.add(FunctionsSection.of(data, table)).line();
  }

  private Markup head() {
    String policy = isLive() ? livePolicy() : ContentPolicy.ofFile(STYLE, PROGRAM);
    Markup head = new Markup();
    head.open("head").empty("meta", "charset", "utf-8");
    head.empty("meta", "http-equiv", "Content-Security-Policy", "content", policy).line();
    head.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    head.empty("meta", "name", "color-scheme", "content", "light dark");
    head.empty("meta", "name", "referrer", "content", "no-referrer");
    head.element("title", "Lastly: " + data.place().name()).line();
    return head.raw("style", STYLE).line().close();
  }

  private Markup header() {
    Markup header = new Markup();
    header.open("header").open("div", "class", "title");
    header.element("h1", "Lastly");
    header.open("p").value(data.place().name()).close().close();
    header.open("p", "id", "made", "class", "made");
    if (isLive()) {
      header.element("span", "live", "id", "live", "role", "status", "data-version", version);
      header.element("button", "Pause", "type", "button", "id", "pause", "aria-pressed", "false");
    }
    header.element("span", "As of " + Units.time(data.madeAt()) + " UTC", "id", "as-of").close();
    header.open("nav", "aria-label", "Sections");
    link(header, "figures", "Figures");
    link(header, "timeline", "Timeline");
    if (data.nodes() != null) {
      link(header, "nodes", "Nodes");
    }
    link(header, "owners", "Owners");
    link(header, "failures", "Failures");
    link(header, "names", "By function");
    link(header, "jobs", "By job");
    link(header, "functions", "Functions");
    return header.close().close();
  }

  private static void link(Markup markup, String id, String text) {
    markup.element("a", text, "href", "#" + id);
  }

  private static Markup footer() {
    return new Markup()
        .open("footer")
        .text("Made by Lastly. Long texts are shortened; the database has the whole texts.")
        .close();
  }

  private static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            "Lastly's jar is incomplete: it has no " + name + "; install it again");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r", "");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " from Lastly's jar", e);
    }
  }
}
