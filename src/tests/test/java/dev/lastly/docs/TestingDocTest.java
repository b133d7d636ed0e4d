package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.lastly.example.ExportTests;
import dev.lastly.support.Database;
import dev.lastly.testkit.CrashPoint;
import dev.lastly.testkit.junit.CleanUpExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * The page about testing is correct: its code compiles and runs, and its report is what the test
 * kit prints.
 */
class TestingDocTest {
  @TempDir private Path directory;

  @Test
  void javaBlocks_regionsOfTheExamples_areTheSameText() throws Exception {
    assertThat(page().blocks("java"))
        .containsExactly(
            Markdown.region("NaiveExport", "worker"),
            Markdown.region("ExportTests", "crash"),
            Markdown.region("MendedExport", "worker"),
            Markdown.region("ExportTests", "idempotence"),
            Markdown.region("ExportTests", "node"),
            Markdown.region("ExportExtensionTest", "extension"),
            Markdown.region("ExportIT", "cleanup"));
  }

  @Test
  @Tag("campaign")
  void report_ofTheNaiveWorker_isWhatItsCrashTestSays() throws Exception {
    String[] shown = page().blocks("text").get(0).strip().split("\n\n", -1); // not every point
    assertThatThrownBy(ExportTests::naive)
        .isInstanceOf(AssertionError.class)
        .message()
        .startsWith(shown[0])
        .containsSubsequence(shown);
  }

  /** The points are written down here, so they are the same in each run of each build. */
  @Test
  @Tag("campaign")
  void mendedWorker_everyCrashPoint_passesAtTheseVeryPoints() {
    List<CrashPoint> points = ExportTests.mended();
    String call = "function 1 dev.lastly.example.MendedExport#discard";
    assertThat(points.stream().map(CrashPoint::number)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(points.stream().map(point -> point.text().replaceAll(".*before | \\([^()]*\\)", "")))
        .containsExactly(
            "the commit of a new owner",
            "the commit of defer of dev.lastly.example.MendedExport#discard",
            "creating directory {world}/scratch",
            "creating or opening {world}/scratch/part-1",
            "the commit of attempt 1 of " + call,
            "deleting {world}/scratch/part-1",
            "deleting directory {world}/scratch",
            "the commit of the outcome RETURNED of attempt 1 of " + call,
            "the commit that closes owner 1");
    assertThat(points.get(6).text())
        .contains("after deleting {world}/scratch/part-1 (MendedExport");
    assertThat(points.get(6).stack().get(0)).startsWith("dev.lastly.example.MendedExport.discard(");
  }

  @Test
  void idempotence_ofTheMendedFunction_passes() {
    ExportTests.idempotence(directory);
  }

  @Test
  void node_killedWorker_isReaped() throws Exception {
    Path scratch = Files.createDirectory(directory.resolve("scratch"));
    ExportTests.node(directory, scratch);
    assertThat(scratch).doesNotExist();
  }

  /** Not found by the build, whose state directory it would use. */
  @Test
  void cleanUp_ofTheExample_leavesNothing() throws Exception {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass("dev.lastly.example.ExportIT"))
                .configurationParameter(
                    CleanUpExtension.STATE_DIR_PROPERTY_NAME, directory.toString())
                .configurationParameter(CleanUpExtension.GUARDIAN_PROPERTY_NAME, "false")
                .build(),
            summary);
    assertThat(summary.getSummary().getTestsSucceededCount()).isOne();
    try (Database database = Database.read(directory)) {
      assertThat(database.rows("SELECT name, state FROM function_call ORDER BY id"))
          .containsExactly("Processes::terminateGroup|done", "Cleanup::deleteTree|done");
    }
  }

  @Test
  void parameters_onThePage_areThoseOfTheExtension() throws Exception {
    assertThat(Markdown.firstCells(page().section("## Cleaning up after tests")))
        .containsExactly(
            CleanUpExtension.STATE_DIR_PROPERTY_NAME,
            CleanUpExtension.GUARDIAN_PROPERTY_NAME,
            CleanUpExtension.KEEP_ON_FAILURE_PROPERTY_NAME);
  }

  private static Markdown page() throws Exception {
    return Markdown.read("docs/testing-your-cleanup.md");
  }
}
