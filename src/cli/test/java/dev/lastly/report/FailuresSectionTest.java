package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.AttemptOutcome;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailuresSectionTest {
  private static final ReportData NODE = Samples.node(3, 12);

  private static ReportAttempt attempt(int number, AttemptOutcome outcome, String error) {
    Instant at = Samples.START.plusSeconds(number);
    return new ReportAttempt(1L, number, 1L, at, at, outcome, error, null);
  }

  private static String section(ReportAttempt... attempts) {
    ReportData data =
        new ReportData(
            NODE.madeAt(),
            NODE.place(),
            NODE.totals(),
            NODE.problems(),
            NODE.nodes(),
            NODE.owners(),
            NODE.functions(),
            List.of(attempts),
            NODE.lives());
    return FailuresSection.section(data).toString();
  }

  @Test
  void section_deathsOfSeveralProcesses_areOneKind() {
    assertThat(
            section(
                attempt(1, AttemptOutcome.CRASHED, "attempt 1: byte 7 is free, process 41 is gone"),
                attempt(2, AttemptOutcome.CRASHED, "attempt 2: the machine has rebooted since")))
        .contains("1 kind of failures")
        .contains("attempt 2: the machine has rebooted since");
  }

  @Test
  void section_attemptThatAskedToRunAgain_isNoFailure() {
    assertThat(section(attempt(1, AttemptOutcome.ASKED_AGAIN, "it may still appear")))
        .contains("No attempt on this page has failed.");
  }

  @Test
  void section_messagesThatDifferInNumbers_areOneKindAndOthersAreNot() {
    assertThat(
            section(
                attempt(1, AttemptOutcome.THREW, "IOException: only 812 bytes are left"),
                attempt(2, AttemptOutcome.THREW, "IOException: only 9 bytes are left"),
                attempt(3, AttemptOutcome.THREW, "IOException: no bytes are left"),
                attempt(4, AttemptOutcome.TIMED_OUT, "IOException: no bytes are left")))
        .contains("3 kinds of failures")
        .contains("only 9 bytes are left")
        .doesNotContain("812");
  }
}
