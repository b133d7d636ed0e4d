package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The page as Chromium shows it: needs the program {@code chromium}. */
@Tag("campaign")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrowserTest {
  private static final String ROWS = "document.querySelectorAll('#rows tbody > tr').length + ''";
  private static final String FOUND = "document.getElementById('found').textContent";

  @TempDir private static Path directory;

  private Browser browser;
  private Tab tab;
  private String allowed = "";

  @BeforeAll
  void start() throws Exception {
    browser = Browser.start(directory);
  }

  @AfterAll
  void stop() throws Exception {
    browser.close();
  }

  @BeforeEach
  void open() throws Exception {
    tab = browser.open();
    tab.screen(1_280, 900, false);
  }

  /** Whatever a test does, the page neither complains nor asks for anything but itself. */
  @AfterEach
  void complaints_always_areNone() throws Exception {
    assertThat(tab.complaints()).isEmpty();
    assertThat(tab.requests()).isNotEmpty().allMatch(uri -> uri.startsWith(allowed));
    tab.close();
  }

  private void show(ReportData data) throws Exception {
    Path file = directory.resolve("report.html");
    Files.writeString(file, Page.file(data));
    go(file.toUri());
  }

  private void go(URI uri) throws Exception {
    allowed = uri.toString();
    tab.go(uri);
  }

  private void enter(String id, String text) throws Exception {
    tab.eval("document.getElementById('%s').focus(); ''".formatted(id));
    tab.type(text);
  }

  private void select(String id, String value) throws Exception {
    tab.eval(
        """
        {
          const list = document.getElementById('%s');
          list.value = '%s';
          list.dispatchEvent(new Event('change'));
        }
        ''\
        """
            .formatted(id, value));
  }

  @Test
  void table_tenThousandFunctions_isTurnedPageByPageAndFilteredAsOneTypes() throws Exception {
    ReportData data = Samples.large();
    show(data);
    assertThat(tab.eval(ROWS)).isEqualTo("50");
    assertThat(tab.eval(FOUND)).isEqualTo("9,920 of 9,920 functions");
    turnPages();
    enter("text", "deleteTree align-77");
    long expected =
        data.functions().stream()
            .filter(f -> f.name().equals("Cleanup::deleteTree"))
            .filter(f -> f.call().arguments().contains("align-77"))
            .count();
    assertThat(tab.eval(FOUND)).isEqualTo(expected + " of 9,920 functions");
    assertThat(tab.eval("document.querySelector('#rows tbody td:nth-child(3)').textContent"))
        .startsWith("Cleanup::deleteTree");
  }

  private void turnPages() throws Exception {
    select("order", "oldest");
    String first = "document.querySelector('#rows tbody button').textContent";
    assertThat(tab.eval(first)).isEqualTo("#1");
    tab.eval("document.getElementById('older').click(); ''");
    assertThat(tab.eval(first)).isEqualTo("#51");
    assertThat(tab.eval("document.getElementById('page').textContent")).isEqualTo("51 to 100");
    tab.eval("document.getElementById('newer').click(); ''");
    assertThat(tab.eval("document.getElementById('newer').disabled + ''")).isEqualTo("true");
  }

  @Test
  void table_stateAndOnly_narrowItTogether() throws Exception {
    ReportData data = Everything.saying("x");
    show(data);
    select("state", "unfinished");
    assertThat(tab.eval(ROWS)).isEqualTo("3");
    select("only", "orphaned");
    assertThat(tab.eval(ROWS)).isEqualTo("1");
    tab.eval("document.getElementById('clear').click(); ''");
    assertThat(tab.eval(ROWS)).isEqualTo("7");
  }

  @Test
  void row_byKeyboardAlone_showsItsWholeLife() throws Exception {
    show(Everything.saying("an error"));
    tab.eval("document.getElementById('clear').focus(); ''");
    tab.press("Tab", 9);
    assertThat(tab.eval("document.activeElement.getAttribute('aria-label')"))
        .isEqualTo("History of function 7");
    tab.press("Enter", 13);
    assertThat(tab.eval("document.activeElement.getAttribute('aria-expanded')")).isEqualTo("true");
    assertThat(tab.eval("document.querySelector('.life-of').textContent"))
        .contains("Attempts2026-03-02 08:03:17.000, by owner #3: returned after 2.0 s")
        .contains("Claims2026-03-02 08:03:01.000, owner #3 from #2: an error")
        .contains("Operator's acts2026-03-02 08:05:00.000, an error: an error – an error");
    tab.press("Enter", 13);
    assertThat(tab.eval("document.querySelectorAll('.life-of').length + ''")).isEqualTo("0");
  }

  @Test
  void failure_itsExample_isShownInTheTable() throws Exception {
    show(Everything.saying("an error"));
    tab.eval("document.querySelector('#failures a').focus(); ''");
    tab.press("Enter", 13);
    Await.until(
        "the link is followed", () -> !tab.eval("document.getElementById('text').value").isEmpty());
    String id = tab.eval("document.querySelector('#failures a').textContent");
    assertThat(tab.eval("document.getElementById('text').value")).isEqualTo(id);
    assertThat(tab.eval(FOUND)).isEqualTo("1 of 7 functions");
    assertThat(tab.eval("document.querySelector('#rows button').getAttribute('aria-expanded')"))
        .isEqualTo("true");
  }

  @Test
  void functionOfAFleet_linkedTo_isTheOnlyOneAndUnfolded() throws Exception {
    ReportData fleet = Samples.fleet();
    show(fleet);
    String id = fleet.functions().get(3).id().toString();
    tab.eval("document.querySelector('#failures a').focus(); ''");
    tab.press("Enter", 13);
    Await.until("it is followed", () -> tab.eval(FOUND).equals("1 of 7 functions"));
    assertThat(tab.eval("document.querySelector('#rows button').textContent")).isEqualTo(id);
    assertThat(tab.eval("document.querySelector('.life-of').textContent")).contains(" on avery");
    assertThat(
            tab.eval(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth + ''"))
        .isEqualTo("0");
  }

  @Test
  void hostileTexts_everywhere_areTextAndDoNothing() throws Exception {
    List<String> texts = Hostile.together(Limits.ARGUMENTS_TEXT);
    for (String text : texts) {
      show(Everything.saying(text));
      tab.eval("document.querySelectorAll('.more').forEach((b, i) => i > 5 || b.click()); ''");
      enter("text", Visible.text(text));
      assertThat(tab.eval("window.harm + ''")).isEqualTo("undefined");
      assertThat(tab.eval("document.querySelector('#names tbody th bdi').textContent"))
          .isEqualTo(Visible.bounded(text, Limits.ARGUMENTS_TEXT));
      assertThat(tab.eval("document.querySelectorAll('img,base,iframe,object').length + ''"))
          .isEqualTo("0");
    }
    assertThat(tab.requests()).hasSize(texts.size());
  }

  @Test
  void table_timesBeyondAllDates_areShownAllTheSame() throws Exception {
    show(Everything.atTimes(Long.MIN_VALUE, Long.MAX_VALUE));
    assertThat(tab.eval(ROWS)).isEqualTo("7");
    assertThat(tab.eval("document.querySelector('#rows').textContent"))
        .contains("+275760-09-13 00:00:00.000", "-271821-04-20 00:00:00.000");
  }

  @Test
  void phone_everySection_needsNoScrollingToTheSide() throws Exception {
    tab.screen(360, 740, true);
    String longName = "averylongnamewithoutanyspace".repeat(20);
    for (ReportData data : List.of(Everything.saying(longName), Samples.fleet())) {
      show(data);
      tab.eval("document.querySelectorAll('.more').forEach((b, i) => i > 5 || b.click()); ''");
      assertThat(tab.eval("document.documentElement.scrollWidth + ''")).isEqualTo("360");
    }
    assertThat(tab.eval("getComputedStyle(document.querySelector('.timeline.wide')).display"))
        .isEqualTo("none");
    assertThat(tab.eval("getComputedStyle(document.querySelector('.timeline.narrow')).display"))
        .isEqualTo("block");
  }

  @Test
  void livePage_somethingHappens_isUpToDateWithoutBeingLoadedAgain() throws Exception {
    Scripted source = new Scripted();
    try (ReportServer server = ReportServer.start(source, 0)) {
      go(server.uri());
      tab.eval("document.querySelector('.more').click(); window.here = 'still here'");
      enter("text", "some");
      source.happen(Everything.saying("something new"));
      Await.until(
          "the page is up to date",
          () -> tab.eval("document.getElementById('owners').textContent").contains("thing new"));
      assertThat(tab.eval("window.here")).isEqualTo("still here");
      assertThat(tab.eval("document.activeElement.id + document.activeElement.value"))
          .isEqualTo("textsome");
      assertThat(tab.eval("document.querySelector('.life-of').textContent")).contains("thing new");
      assertThat(tab.eval("document.getElementById('live').textContent")).isEqualTo("live");
    }
    String live = "document.getElementById('live').textContent";
    Await.until("the end of the server shows", () -> tab.eval(live).startsWith("no answer"));
    assertThat(tab.complaints()).isNotEmpty().allMatch(text -> text.contains("CONNECTION_REFUSED"));
    tab.forgive();
  }

  @Test
  void livePage_hostileTexts_areTextAlsoWhenTheyComeLater() throws Exception {
    Scripted source = new Scripted();
    try (ReportServer server = ReportServer.start(source, 0)) {
      go(server.uri());
      String text = Hostile.together(Limits.ARGUMENTS_TEXT).get(0);
      source.happen(Everything.saying(text));
      Await.until(
          "the page is up to date",
          () -> tab.eval("document.querySelector('#names th bdi').textContent").equals(text));
      assertThat(tab.eval("window.harm + ''")).isEqualTo("undefined");
    }
    tab.go(URI.create("about:blank"));
    tab.forgive();
  }

  @Test
  void colours_lightAndDark_contrastEnough() throws Exception {
    for (String scheme : List.of("light", "dark")) {
      tab.colourScheme(scheme);
      show(Everything.saying("text"));
      assertThat(Contrast.faint(tab)).as(scheme).isEmpty();
    }
    assertThat(tab.eval("getComputedStyle(document.body).backgroundColor"))
        .isEqualTo("rgb(17, 21, 27)");
  }

  @Test
  void paper_print_hasNothingToPress() throws Exception {
    show(Everything.saying("text"));
    tab.paper();
    assertThat(tab.eval("getComputedStyle(document.getElementById('filter')).display"))
        .isEqualTo("none");
    assertThat(tab.eval("getComputedStyle(document.querySelector('header nav')).display"))
        .isEqualTo("none");
  }

  @Test
  void controls_all_haveNames() throws Exception {
    show(Everything.saying("text"));
    assertThat(
            tab.eval(
                """
                [...document.querySelectorAll('input, select, button')]
                  .filter((e) => !(e.labels?.length || e.textContent.trim()
                    || e.getAttribute('aria-label')))
                  .map((e) => e.outerHTML).join()\
                """))
        .isEmpty();
    assertThat(
            tab.eval(
                "[...document.querySelectorAll('[id]')].map((e) => e.id)"
                    + ".filter((id, i, all) => all.indexOf(id) < i).join()"))
        .isEmpty();
  }

  /** The texts of the drawings that do not lie within them, and those that overlap. */
  private static final String CLIPPED =
      """
      [...document.querySelectorAll('svg.timeline')]
        .filter((svg) => svg.getClientRects().length)
        .flatMap((svg) => {
          const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent);
          const boxes = texts.map((text) => text.getBBox());
          return texts.filter((text, i) => boxes[i].x < 0
            || boxes[i].x + boxes[i].width > svg.viewBox.baseVal.width
            || boxes.some((box, j) => i < j && box.y === boxes[i].y
              && boxes[i].x < box.x + box.width && box.x < boxes[i].x + boxes[i].width));
        })
        .map((text) => text.lastChild.textContent).join('; ')\
      """;

  @Test
  void timeline_longestLabels_areNeitherClippedNorOverlapping() throws Exception {
    long start = Instant.parse("2026-09-30T23:59:59.900Z").toEpochMilli();
    for (int width : new int[] {1_280, 390}) {
      tab.screen(width, 900, width < 500);
      for (long life : new long[] {100, 170, 200, 60_000, 4 * 86_400_000L}) {
        show(Everything.atTimes(start, start + life));
        assertThat(tab.eval(CLIPPED)).as(life + " ms on " + width).isEmpty();
      }
    }
  }
}
