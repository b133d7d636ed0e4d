package dev.lastly.fleet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.fleet.internal.Acknowledged.Ending;
import dev.lastly.fleet.internal.Rows.RowFence;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.internal.spi.StoredFunction.StoredCall;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.FunctionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What an owner keeps in memory of what the database has acknowledged, and how much of it. */
final class AcknowledgedTest {
  private static final UUID JOB = new UUID(0, 1);

  private static final StoredCall CALL =
      new StoredCall(new CalledCode("a.B#f()V", null, "f"), "[]", null, null);

  private final Acknowledged known = new Acknowledged();

  private static NewFunction function(UUID id, UUID job, String arguments) {
    EncodedCall call =
        new EncodedCall("f", new FunctionReference("a.B", "f", "()V"), null, "b.jar#0", arguments);
    return new NewFunction(id, job, false, "j", Instant.EPOCH, false, Registration.of(call, 3));
  }

  private UUID registered() {
    UUID id = Uuid7.next();
    known.registered(function(id, JOB, "[]"));
    return id;
  }

  private static EndedAttempt attempt(UUID function, FunctionState next) {
    boolean again = next == FunctionState.RETRY_WAIT;
    return new EndedAttempt(
        new StoredFunction(
            new FunctionId(function),
            new JobId(JOB),
            new RowFence(new UUID(0, 9), 0, null, 1, null),
            CALL,
            0,
            3),
        new AttemptResult(
            next == FunctionState.DONE ? AttemptOutcome.RETURNED : AttemptOutcome.THREW,
            next,
            again ? Duration.ZERO : null,
            null,
            null),
        new Moment(0),
        new Moment(1));
  }

  @Test
  void ended_doneOrQuarantined_isForgottenButForHowItEnded() {
    UUID done = registered();
    UUID quarantined = registered();
    known.ended(attempt(done, FunctionState.DONE));
    known.ended(attempt(quarantined, FunctionState.QUARANTINED));
    assertThat(known.unfinished()).isEmpty();
    assertThat(known.ended(Ending.DONE)).containsExactly(done);
  }

  @Test
  void ended_failed_isKeptAndDueUntilItBeginsAgain() {
    UUID failed = registered();
    NewFunction kept = known.unfinished().get(0);
    assertThat(known.isDue(kept)).isFalse();
    known.ended(attempt(failed, FunctionState.RETRY_WAIT));
    assertThat(known.isDue(kept)).isTrue();
    assertThat(known.ended(Ending.FAILED)).containsExactly(failed);
    known.begin(List.of(failed));
    assertThat(known.ended(Ending.FAILED)).isEmpty();
    assertThat(known.isUnfinished(failed)).isTrue();
  }

  @Test
  void jobEnded_itsFunctionsAreDue() {
    UUID waiting = registered();
    known.jobEnded(JOB);
    assertThat(known.isDue(known.unfinished().get(0))).isTrue();
    known.cancelled(List.of(waiting));
    known.jobEnded(JOB); // of which nothing is kept any more
    assertThat(known.unfinished()).isEmpty();
  }

  @Test
  void handedOver_itsFunctionsAreNotKept() {
    UUID other = Uuid7.next();
    registered();
    known.registered(function(other, new UUID(0, 2), "[]"));
    known.handedOver(JOB);
    assertThat(known.unfinished()).extracting(NewFunction::id).containsExactly(other);
    assertThat(known.ended(Ending.CANCELLED)).isEmpty();
  }

  @Test
  void registered_tooMany_theFirstAreKeptAndRoomIsFilledAgain() {
    List<UUID> ids = Stream.generate(Uuid7::next).limit(100_010).toList();
    ids.forEach(id -> known.registered(function(id, JOB, "[]")));
    assertThat(known.unfinished()).hasSize(Acknowledged.MOST_FUNCTIONS);
    assertThat(known.isUnfinished(ids.get(0))).isTrue();
    known.cancelled(ids.subList(0, 10));
    UUID late = registered();
    assertThat(known.isUnfinished(late)).isTrue();
  }

  @Test
  void registered_tooLong_isNotKept() {
    String half = "x".repeat((int) (Acknowledged.MOST_CHARS / 2));
    known.registered(function(new UUID(1, 1), JOB, half));
    known.registered(function(new UUID(1, 2), JOB, half));
    known.registered(function(new UUID(1, 3), JOB, "[]"));
    assertThat(known.unfinished())
        .extracting(NewFunction::id)
        .containsExactly(new UUID(1, 1), new UUID(1, 3));
  }

  @Test
  void ended_tooMany_theLastAreKept() {
    List<UUID> ids = Stream.generate(Uuid7::next).limit(Acknowledged.MOST_ENDINGS + 5).toList();
    known.cancelled(ids);
    assertThat(known.ended(Ending.CANCELLED)).isEqualTo(ids.subList(5, ids.size()));
  }

  @Test
  void takeSuspicion_once_endsIt() {
    known.suspect();
    assertThat(known.isSuspected()).isTrue();
    assertThat(known.takeSuspicion()).isTrue();
    assertThat(known.takeSuspicion()).isFalse();
  }
}
