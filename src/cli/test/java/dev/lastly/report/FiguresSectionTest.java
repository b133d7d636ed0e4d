package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.FunctionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class FiguresSectionTest {
  @Test
  void percentiles_nearestRank_areMeasuredFigures() {
    Percentiles hundred =
        Percentiles.of(IntStream.rangeClosed(1, 100).mapToObj(Duration::ofMillis).toList());
    assertThat(List.of(hundred.text(50), hundred.text(99), hundred.text(100)))
        .containsExactly("50 ms", "99 ms", "100 ms");
    assertThat(Percentiles.of(List.of(Duration.ofMillis(7))).text(1)).isEqualTo("7 ms");
    assertThat(Percentiles.of(List.of()).text(50)).isEqualTo("–");
  }

  /** Owner 2 died at second 180; functions 4, 5 and 7 are final, of which 4 is done, at 204. */
  @Test
  void cleanUpTimes_functionOfADeadOwner_countFromItsDeath() {
    assertThat(CleanUpTimes.of(Everything.saying("x")).sorted())
        .containsExactly(Duration.ofSeconds(24));
  }

  @Test
  void section_oneOfEverything_countsIt() throws Exception {
    Document page = Dom.page(Page.file(Everything.saying("x")));
    assertThat(Dom.text(page, "figures"))
        .contains("Functions7", "deferred1", "retry wait1", "4 more were finished and pruned.")
        .contains("Owners6", "alive1", "dead, not yet recorded1", "unknown1", "ended3")
        .contains("Orphans2", "The oldest waits for 8 min 30 s.")
        .contains("From death to clean-up24.0 s")
        .contains("Attempts7", "threw1", "asked again1", "no outcome yet1")
        .contains("Database1.0 MiB", "write-ahead log32 KiB", "integrityDAMAGED");
  }

  /** Owners that only this page has found dead, of which no time of death is recorded. */
  @Test
  void section_orphansOfDeathsNotRecorded_isNotSaidToHaveNone() {
    ReportData unrecorded = Everything.withOrphansOfUnrecordedDeaths(6);
    assertThat(FiguresSection.section(unrecorded).toString())
        .contains("No worker has recorded the death of their owners yet.")
        .doesNotContain("No unfinished function has an owner");
  }

  @Test
  void groups_byName_thoseWithTroubleAreFirst() {
    ReportData data = Samples.node(12, 400);
    List<Group> groups = Group.by(ReportFunction::name, data);
    assertThat(groups.stream().mapToLong(Group::size).sum()).isEqualTo(data.functions().size());
    assertThat(groups.stream().map(group -> -group.number(FunctionState.QUARANTINED))).isSorted();
    Group sum = Group.sum("all", groups);
    assertThat(sum.size()).isEqualTo(data.functions().size());
    assertThat(sum.runs().count()).isEqualTo(data.attempts().size());
    assertThat(sum.failures())
        .isEqualTo(data.attempts().stream().filter(Outcomes::isFailure).count());
  }

  @Test
  void groups_moreNamesThanLines_areOneLineTogether() throws Exception {
    Document page = Dom.page(Page.file(Samples.node(12, 400)));
    assertThat(Dom.text(page, "jobs"))
        .contains("Names of jobs: 40, for the 384 functions on this page")
        .contains("15 other names together");
  }

  @Test
  void failures_ofTheSameKind_areOneLine() throws Exception {
    Document page = Dom.page(Page.file(Samples.node(40, 4_000)));
    assertThat(Dom.text(page, "failures"))
        .contains("java.io.IOException: No space left on device")
        .contains("the lease is still held", "stack trace", "Leases.java:41");
    assertThat(Dom.text(page, "failures").split("No space left").length - 1).isEqualTo(6);
  }

  @Test
  void timeline_tooManyOwners_showsThoseThatSomethingHappenedTo() {
    Timeline timeline = Timeline.of(Samples.node(80, 800));
    assertThat(timeline.lanes()).hasSize(Limits.LANES);
    assertThat(timeline.lanes().stream().map(lane -> (Long) lane.owner().id())).isSorted();
    assertThat(timeline.ownerChanges()).hasSizeGreaterThan(10);
  }

  @Test
  void timeline_jobOfADeadOwner_isDrawnUntilItsDeath() {
    Timeline timeline = Timeline.of(Everything.saying("x"));
    Timeline.Lane dead = timeline.lanes().get(1);
    Instant death = Everything.START.plusSeconds(180);
    assertThat(dead.jobs()).hasSize(7).extracting(Timeline.JobBar::to).allMatch(death::equals);
    assertThat(timeline.lanes().get(2).marks()).hasSize(7);
    assertThat(timeline.ownerChanges())
        .containsExactly(new Timeline.OwnerChange(2L, 3L, Everything.START.plusSeconds(181), 7));
  }

  @Test
  void drawing_tenThousandAttempts_isBounded() {
    Timeline timeline = Timeline.of(Samples.large());
    assertThat(TimelineDrawing.of(timeline, Geometry.WIDE).toString()).hasSizeLessThan(150_000);
  }
}
