package dev.lastly.property;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * One event on the node. The numbers select among what exists at that moment, so every list of
 * steps is valid, also after jqwik has shrunk it.
 */
record ModelStep(Kind kind, int a, int b) {
  /** What happens. */
  enum Kind {
    OPEN,
    OPEN_JOB,
    DEFER,
    CANCEL,
    CLOSE_JOB,
    REAP,
    PRUNE,
    CLOSE,
    CRASH,
    CRASH_AT_STATEMENT,
    FAIL_AT_STATEMENT,
    LOSE_LOCKS,
    REBOOT,
    CLOCK
  }

  static Arbitrary<ModelStep> any() {
    Arbitrary<Kind> kind =
        Arbitraries.frequency(
            Tuple.of(7, Kind.OPEN),
            Tuple.of(8, Kind.OPEN_JOB),
            Tuple.of(18, Kind.DEFER),
            Tuple.of(6, Kind.CANCEL),
            Tuple.of(10, Kind.CLOSE_JOB),
            Tuple.of(6, Kind.REAP),
            Tuple.of(4, Kind.PRUNE),
            Tuple.of(4, Kind.CLOSE),
            Tuple.of(3, Kind.CRASH),
            Tuple.of(4, Kind.CRASH_AT_STATEMENT),
            Tuple.of(3, Kind.FAIL_AT_STATEMENT),
            Tuple.of(1, Kind.LOSE_LOCKS),
            Tuple.of(1, Kind.REBOOT),
            Tuple.of(4, Kind.CLOCK));
    Arbitrary<Integer> number = Arbitraries.integers().between(0, 31);
    return Combinators.combine(kind, number, number).as(ModelStep::new);
  }

  /** A job in which the middle one of three functions sees something else happen on the node. */
  static Arbitrary<List<ModelStep>> race() {
    Arbitrary<Integer> number = Arbitraries.integers().between(0, 31);
    return Combinators.combine(number, number)
        .as(
            (a, b) ->
                List.of(
                    new ModelStep(Kind.OPEN, 1, 0), // an owner that can call everything
                    new ModelStep(Kind.OPEN_JOB, a, 0),
                    new ModelStep(Kind.DEFER, b, 0),
                    new ModelStep(Kind.DEFER, b, 6 + 8 * (a % 4)), // meddles
                    new ModelStep(Kind.DEFER, b, 0),
                    new ModelStep(Kind.CLOSE_JOB, b, 0)));
  }

  /** A worker dies and leaves what the next can only run in part. */
  static Arbitrary<List<ModelStep>> inheritance() {
    Arbitrary<Integer> number = Arbitraries.integers().between(0, 31);
    return number.map(
        a ->
            List.of(
                new ModelStep(Kind.OPEN_JOB, a, 0),
                new ModelStep(Kind.DEFER, a, 2), // rare
                new ModelStep(Kind.DEFER, a, 0),
                new ModelStep(Kind.OPEN, 1, 1), // an owner that cannot call it
                new ModelStep(Kind.CRASH, a, 0),
                new ModelStep(Kind.REAP, 31 - a, 0)));
  }

  @Override
  public String toString() {
    return kind + "(" + a + "," + b + ")";
  }
}
