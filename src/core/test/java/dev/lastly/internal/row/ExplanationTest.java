package dev.lastly.internal.row;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.row.Circumstances.OwnerSeen.Sight;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import dev.lastly.model.WaitingReason.Cause;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each kind of reason has its words and its command. */
final class ExplanationTest {
  private static final Instant DUE = Instant.parse("2026-03-02T08:00:00Z");
  private static final String BUILT_IN = "dev.lastly.cleanup.Cleanup#deleteTree(L;)V";

  private FunctionState state = FunctionState.DEFERRED;
  private String method = "app.Job#clean()V";
  private String origin = "/opt/my app/lib/app.jar#0123456789abcdef";
  private @Nullable String digest;
  private @Nullable Instant due;
  private @Nullable AttemptOutcome last;
  private @Nullable String error;
  private boolean claimed;
  private Sight sight = Sight.GONE;
  private Circumstances.@Nullable Refused refused;

  private @Nullable WaitingReason explained() {
    return Explanation.of(
        new Circumstances(
            new Circumstances.Function(
                7L, state, method, digest, origin, 2, 10, due, last, error, claimed),
            new Circumstances.OwnerSeen(3L, sight, "byte 3 is free"),
            refused,
            " --state-dir /var/x"));
  }

  private WaitingReason waiting() {
    return Objects.requireNonNull(explained());
  }

  private void refuse(String reason, boolean ofCode) {
    refused = new Circumstances.Refused(reason, ofCode, 9L, "process 41 'lastly reap'", DUE);
  }

  @Test
  void of_finished_isNull() {
    state = FunctionState.DONE;
    assertThat(explained()).isNull();
    state = FunctionState.CANCELLED;
    assertThat(explained()).isNull();
  }

  @Test
  void of_functionOfALivingOwner_saysWhatTheOwnerDoes() {
    sight = Sight.ALIVE;
    assertThat(waiting().cause()).isEqualTo(Cause.JOB_OPEN);
    claimed = true;
    assertThat(waiting().cause()).isEqualTo(Cause.CLAIMED);
    assertThat(waiting().why()).isEqualTo("owner 3 has claimed it, and begins it next");
    state = FunctionState.RUNNING;
    assertThat(waiting().why()).isEqualTo("owner 3 runs it, attempt 2 of 10");
    state = FunctionState.RETRY_WAIT;
    due = DUE;
    error = "IOException: busy";
    String why = "owner 3 waits: attempt 2 of 10 failed: IOException: busy";
    assertThat(waiting()).isEqualTo(new WaitingReason(Cause.RETRY, why, null, null, DUE, null));
    last = AttemptOutcome.ASKED_AGAIN;
    assertThat(waiting().cause()).isEqualTo(Cause.ASKED_AGAIN);
    assertThat(waiting().why()).contains("to be sure: IOException: busy");
  }

  @Test
  void of_ownerInDoubt_saysWhyAndHowToSayThatItIsDead() {
    sight = Sight.UNKNOWN;
    assertThat(waiting().cause()).isEqualTo(Cause.OWNER_UNKNOWN);
    assertThat(waiting().why()).endsWith("whether owner 3 lives: byte 3 is free");
    assertThat(waiting().command())
        .isEqualTo("lastly reap --owner 3 --force --reason TEXT --state-dir /var/x");
  }

  @Test
  void of_orphanThatNoProcessHasLookedAt_namesAReaperThatHasItsClasses() {
    assertThat(waiting().cause()).isEqualTo(Cause.UNCLAIMED);
    assertThat(waiting().command())
        .isEqualTo(
            "lastly reap --class-path '/opt/my app/lib/app.jar:/opt/my app/lib/*' --state-dir"
                + " /var/x");
    origin = "/opt/classes#0123456789abcdef";
    assertThat(waiting().command()).contains(" --class-path /opt/classes --state-dir");
    origin = "jar:nested:/app.jar/!lib/x.jar!/#0123";
    assertThat(waiting().command()).contains(" --class-path JARS --state-dir");
    method = BUILT_IN;
    assertThat(waiting().command()).isEqualTo("lastly reap --state-dir /var/x");
    state = FunctionState.RUNNING;
    assertThat(waiting().cause()).isEqualTo(Cause.CUT_OFF);
    assertThat(waiting().why()).contains("That cut off attempt 2 of 10");
  }

  @Test
  void of_orphanWhoseCodeIsMissing_saysWhoFoundThatAndWhichBuildHelps() {
    refuse("app.Job cannot be called: the row needs digest aa, this process has bb", true);
    digest = "aabbccddeeff00112233";
    assertThat(waiting().why())
        .isEqualTo(
            "owner 9 (process 41 'lastly reap') cannot run it: app.Job cannot be called: the row"
                + " needs digest aa, this process has bb");
    assertThat(waiting().toDo())
        .contains("the release that registered it (/opt/my app/lib/app.jar#0123456789abcdef)")
        .contains("the build in which its class has the digest aabbccddeeff0011.")
        .contains("lastly quarantine 7 --reason TEXT --state-dir /var/x");
    assertThat(waiting().report()).isEqualTo(new WaitingReason.Report("9", DUE));
  }

  @Test
  void of_orphanThatOnlyThisProcessCannotRun_asksForAnotherPlaceAndNotForClasses() {
    method = BUILT_IN;
    refuse("its locale cannot spell the path", false);
    assertThat(waiting().command()).isEqualTo("lastly reap --state-dir /var/x");
    assertThat(waiting().toDo()).contains("with that locale, user, namespaces and files");
    sight = Sight.ALIVE;
    assertThat(waiting().why()).startsWith("the process of owner 3 cannot run it; it waits for");
    assertThat(waiting().command()).isNull();
  }

  @Test
  void of_whatWaitsForAPerson_namesTheActs() {
    state = FunctionState.QUARANTINED;
    assertThat(waiting().command()).isEqualTo("lastly retry 7 --state-dir /var/x");
    state = FunctionState.UNCONFIRMED;
    assertThat(waiting().cause()).isEqualTo(Cause.UNCONFIRMED);
    assertThat(waiting().command()).contains("--owner 3 --force");
  }
}
