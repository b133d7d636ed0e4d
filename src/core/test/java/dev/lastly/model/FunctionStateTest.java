package dev.lastly.model;

import static dev.lastly.model.FunctionState.CANCELLED;
import static dev.lastly.model.FunctionState.DEFERRED;
import static dev.lastly.model.FunctionState.DISCARDED;
import static dev.lastly.model.FunctionState.DONE;
import static dev.lastly.model.FunctionState.QUARANTINED;
import static dev.lastly.model.FunctionState.RETRY_WAIT;
import static dev.lastly.model.FunctionState.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The states and their moves against the drawing of the design, not against the code. */
final class FunctionStateTest {
  @Test
  void successors_allStates_areTheArrowsOfTheDrawing() {
    String arrows =
        Arrays.stream(FunctionState.values())
            .flatMap(from -> from.successors().stream().map(to -> from + " > " + to))
            .collect(Collectors.joining("\n"));
    assertThat(arrows)
        .isEqualTo(
            """
            DEFERRED > RUNNING
            DEFERRED > RETRY_WAIT
            DEFERRED > CANCELLED
            DEFERRED > QUARANTINED
            RUNNING > RETRY_WAIT
            RUNNING > DONE
            RUNNING > UNCONFIRMED
            RUNNING > QUARANTINED
            RETRY_WAIT > RUNNING
            RETRY_WAIT > QUARANTINED
            UNCONFIRMED > RETRY_WAIT
            QUARANTINED > RETRY_WAIT
            QUARANTINED > DISCARDED\
            """);
  }

  @Test
  void isFinal_stateWithoutAWayOut_only() {
    assertThat(FunctionState.values())
        .filteredOn(FunctionState::isFinal)
        .containsExactlyInAnyOrder(DONE, CANCELLED, DISCARDED);
  }

  @Test
  void isUnfinished_stateThatNeedsNoOperator_only() {
    assertThat(FunctionState.values())
        .filteredOn(FunctionState::isUnfinished)
        .containsExactlyInAnyOrder(DEFERRED, RUNNING, RETRY_WAIT);
    assertThat(QUARANTINED.isFinal()).as("it waits for a person").isFalse();
  }

  @Test
  void fromColumn_columnValue_isReadBack_andNothingElseIs() {
    assertThat(RETRY_WAIT.columnValue()).isEqualTo("retry_wait");
    assertThat(FunctionState.values())
        .allSatisfy(
            state -> assertThat(FunctionState.fromColumn(state.columnValue())).isEqualTo(state));
    for (String unknown : new String[] {"", "RUNNING", "lost"}) {
      assertThatThrownBy(() -> FunctionState.fromColumn(unknown))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("no function state is called '" + unknown + "'");
    }
  }
}
