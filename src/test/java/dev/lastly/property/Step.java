package dev.lastly.property;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * One thing that happens on the node. The numbers choose among what is there at that moment, so
 * every list of steps makes sense, and stays so when jqwik shrinks it.
 */
record Step(Kind kind, int a, int b) {
  /** What happens. */
  enum Kind {
    OPEN,
    OPEN_JOB,
    DEFER,
    CANCEL,
    CLOSE_JOB,
    REAP,
    CLOSE,
    CRASH,
    CRASH_AT_STATEMENT,
    FAIL_AT_STATEMENT,
    LOSE_LOCKS,
    REBOOT,
    CLOCK
  }

  static Arbitrary<Step> any() {
    Arbitrary<Kind> kind =
        Arbitraries.frequency(
            Tuple.of(5, Kind.OPEN),
            Tuple.of(8, Kind.OPEN_JOB),
            Tuple.of(18, Kind.DEFER),
            Tuple.of(3, Kind.CANCEL),
            Tuple.of(6, Kind.CLOSE_JOB),
            Tuple.of(5, Kind.REAP),
            Tuple.of(2, Kind.CLOSE),
            Tuple.of(3, Kind.CRASH),
            Tuple.of(4, Kind.CRASH_AT_STATEMENT),
            Tuple.of(3, Kind.FAIL_AT_STATEMENT),
            Tuple.of(1, Kind.LOSE_LOCKS),
            Tuple.of(1, Kind.REBOOT),
            Tuple.of(4, Kind.CLOCK));
    Arbitrary<Integer> number = Arbitraries.integers().between(0, 23);
    return Combinators.combine(kind, number, number).as(Step::new);
  }

  @Override
  public String toString() {
    return kind + "(" + a + "," + b + ")";
  }
}
