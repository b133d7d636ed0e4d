package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import tools.jackson.databind.JsonNode;

class PageTest {
  private static final int MOST_BYTES = 2_000_000;

  static final List<String> HOSTILE = Hostile.TEXTS;

  @ParameterizedTest
  @FieldSource("HOSTILE")
  void file_hostileText_addsNoElementAndNoAttribute(String text) throws Exception {
    Document page = Dom.page(Page.file(Everything.saying(text)));
    assertThat(skeleton(page)).isEqualTo(skeleton(Dom.page(Page.file(Everything.saying("plain")))));
    assertThat(page.getDocumentElement().getTextContent()).contains(Visible.text(text));
  }

  @ParameterizedTest
  @FieldSource("HOSTILE")
  void file_hostileText_isInTheDataAsItIs(String text) {
    List<String> scripts = Dom.raw(Page.file(Everything.saying(text)), "script");
    assertThat(scripts).hasSize(2);
    JsonNode data = Browser.JSON.readTree(scripts.get(0));
    assertThat(data.get("rows")).hasSize(7);
    assertThat(data.get("texts").get(0).asString()).isEqualTo(Visible.text(text));
  }

  private static List<String> skeleton(Document page) {
    List<String> skeleton = new ArrayList<>();
    for (Element element : Dom.elements(page.getDocumentElement())) {
      StringBuilder line = new StringBuilder(element.getTagName());
      NamedNodeMap attributes = element.getAttributes();
      for (int i = 0; i < attributes.getLength(); i++) {
        line.append(' ').append(attributes.item(i).getNodeName());
      }
      skeleton.add(line.toString());
    }
    return skeleton;
  }

  @Test
  void file_anything_asksForNothingAndRunsNothingInAttributes() throws Exception {
    Document page = Dom.page(Page.file(Everything.saying("plain")));
    for (Element element : Dom.elements(page.getDocumentElement())) {
      NamedNodeMap attributes = element.getAttributes();
      for (int i = 0; i < attributes.getLength(); i++) {
        String name = attributes.item(i).getNodeName();
        assertThat(name).doesNotStartWith("on").isNotIn("style", "src", "srcset", "action");
        if (name.equals("href")) {
          assertThat(attributes.item(i).getNodeValue()).startsWith("#");
        }
      }
    }
  }

  @Test
  void file_contentPolicy_namesTheDigestsOfItsTwoParts() throws Exception {
    String html = Page.file(Everything.saying("plain"));
    assertThat(policy(html))
        .isEqualTo(
            "default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action"
                    .formatted(
                        digest(Dom.raw(html, "style").get(0)),
                        digest(Dom.raw(html, "script").get(1)))
                + " 'none'; require-trusted-types-for 'script'; trusted-types 'none'");
    assertThat(policy(Page.live(Everything.saying("plain"), "1")))
        .contains("connect-src 'self'; trusted-types lastly")
        .doesNotContain("unsafe");
  }

  private static String policy(String html) throws Exception {
    return Dom.elements(Dom.page(html).getDocumentElement()).stream()
        .filter(e -> e.getAttribute("http-equiv").equals("Content-Security-Policy"))
        .map(e -> e.getAttribute("content"))
        .findFirst()
        .orElseThrow();
  }

  private static String digest(String content) throws Exception {
    byte[] hash =
        MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(hash);
  }

  @Test
  void file_tenThousandFunctions_areAllThereAndBounded() throws Exception {
    ReportData data = Samples.large();
    String html = Page.file(data);
    assertThat(html.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(MOST_BYTES);
    assertThat(rows(html)).isEqualTo(data.functions().size()).isGreaterThan(9_000);
    assertThat(Dom.text(Dom.page(html), "functions")).contains("All functions of the database.");
  }

  @Test
  void file_functionsWithLongTexts_leavesOutTheOldestAndSaysSo() throws Exception {
    ReportData small = Samples.large();
    List<ReportFunction> functions = small.functions().stream().map(PageTest::lengthened).toList();
    ReportData data = Samples.with(small, functions);
    String html = Page.file(data);
    assertThat(html.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(MOST_BYTES);
    int rows = rows(html);
    assertThat(rows).isBetween(500, 5_000);
    assertThat(Dom.text(Dom.page(html), "functions"))
        .contains(
            "%,d of %,d: the unfinished and quarantined ones, then the newest. The other %,d ones are in"
                .formatted(rows, functions.size(), functions.size() - rows));
  }

  private static ReportFunction lengthened(ReportFunction row) {
    String text = row.id() + "東京".repeat(500);
    ReportFunction.Course course = row.course();
    return new ReportFunction(
        row.id(),
        row.state(),
        new ReportFunction.Call(row.name(), text, text, text, row.call().command()),
        new ReportFunction.InJob(row.job().id(), text),
        row.holder(),
        new ReportFunction.Course(
            course.attempts(),
            course.most(),
            course.due(),
            text,
            course.registered(),
            course.finished(),
            course.refused()),
        row.waiting());
  }

  @Test
  void file_timesBeyondAllDates_areShownAllTheSame() throws Exception {
    ReportData data = Everything.atTimes(Long.MIN_VALUE, Long.MAX_VALUE);
    String html = Page.file(data);
    assertThat(rows(html)).isEqualTo(7);
    assertThat(Dom.text(Dom.page(html), "owners")).contains("≥ 0 ms");
    JsonNode row = Browser.JSON.readTree(Dom.raw(html, "script").get(0)).get("rows").get(0);
    assertThat(row.get(11).asLong()).isBetween(0L, 17_280_000_000_000_000L);
  }

  private static int rows(String html) {
    return Browser.JSON.readTree(Dom.raw(html, "script").get(0)).get("rows").size();
  }

  @Test
  void file_emptyDatabase_saysThatAllIsWell() throws Exception {
    Document page = Dom.page(Page.file(Samples.empty()));
    assertThat(Dom.text(page, "attention")).contains("All is well");
    assertThat(Dom.text(page, "timeline"))
        .contains("No worker has opened this state directory yet.");
    assertThat(Dom.text(page, "failures")).contains("No attempt on this page has failed.");
  }

  @Test
  void file_troubles_areEachNamedWithWhatToDo() throws Exception {
    assertThat(Dom.text(Dom.page(Page.file(Everything.saying("text"))), "attention"))
        .contains("The database is damaged. text lastly doctor")
        .contains("1 quarantined function waits for an operator.", "lastly retry ID")
        .contains("1 orphan waits for a worker.", "lastly reap --once")
        .contains("1 orphan waits for a process that can run it.", "text. To do: text.")
        .contains("1 owner is dead, and no worker has recorded its death yet.")
        .contains(
            "1 owner is unknown: it may be alive or dead.",
            "lastly reap --owner ID --force --reason");
  }
}
