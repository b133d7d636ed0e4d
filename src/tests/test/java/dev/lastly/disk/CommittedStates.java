package dev.lastly.disk;

import dev.lastly.disk.Change.Survival;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * The committed states that a recorded database went through, in order: what a reader would have
 * found after each event, had the process been killed there. It knows nothing about Lastly.
 */
final class CommittedStates {
  private final List<Moment> moments = new ArrayList<>();

  private record Moment(int at, String state) {}

  /**
   * Works it out.
   *
   * @param workshop where images may be laid out
   */
  CommittedStates(Recording recording, Path workshop) {
    int end = recording.events.size();
    String first = state(recording, 0, workshop);
    moments.add(new Moment(0, first));
    between(recording, workshop, 0, first, end, state(recording, end, workshop));
  }

  // A state may come back: what an owner looks at is noted before and taken back afterwards. The
  // second commit is two writes at least, so the state between is there for two events, and equal
  // ends mean an equal middle only where there is no room for that.
  private void between(
      Recording recording, Path workshop, int from, String before, int to, String after) {
    if (to - from <= 1) {
      if (!before.equals(after)) {
        moments.add(new Moment(to, after));
      }
      return;
    }
    if (before.equals(after) && to - from <= 2) {
      return;
    }
    int middle = (from + to) / 2;
    String state = state(recording, middle, workshop);
    between(recording, workshop, from, before, middle, state);
    between(recording, workshop, middle, state, to, after);
  }

  private static String state(Recording recording, int at, Path workshop) {
    Function<Change, Survival> nothingIsLost = Change::whole;
    return Workshop.use(
        workshop, recording.image(at, nothingIsLost), root -> Dump.of(Workshop.database(root)));
  }

  /** How many states there were. */
  int size() {
    return moments.size();
  }

  /** Which state it was when that event was about to happen. */
  int indexAt(int event) {
    int index = 0;
    while (index + 1 < moments.size() && moments.get(index + 1).at <= event) {
      index++;
    }
    return index;
  }

  /** Which state this is, the latest of those before that event; empty if it was none of them. */
  OptionalInt indexOf(String state, int event) {
    for (int i = indexAt(event); i >= 0; i--) {
      if (moments.get(i).state.equals(state)) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  /** For messages. */
  Optional<String> describe(int index) {
    return index < moments.size()
        ? Optional.of("state %d of event %d".formatted(index, moments.get(index).at))
        : Optional.empty();
  }
}
