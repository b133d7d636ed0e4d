package dev.lastly.internal.spi;

import dev.lastly.internal.spi.StoreHistory.Case;
import dev.lastly.internal.spi.StoreHistory.Kind;
import dev.lastly.internal.spi.StoreHistory.Step;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;

/**
 * Random histories of several owners, through {@link FunctionStore} and {@link Liveness}: every
 * answer of the store, and every state, is that of a few objects in memory. The test class of each
 * store extends this, so that all stores behave alike.
 */
public abstract class StoreHistoryContract {
  /** The store of all histories; each takes owners of its own. */
  protected abstract StoreUnderTest world();

  /** One history; a property of the test class passes it. Returns what it came to. */
  protected final Set<Case> take(List<Step> steps) {
    StoreHistory history = new StoreHistory(world());
    try {
      steps.forEach(history::take);
      history.compareAll();
    } finally {
      history.end();
    }
    return history.seen();
  }

  /** Requires that each case comes up in some history of the property. */
  protected static void collect(Set<Case> seen) {
    for (Case one : Case.values()) {
      // A generator that stops reaching a case would make all that is said about it void.
      Statistics.label(one.name().toLowerCase(Locale.ROOT))
          .collect(seen.contains(one))
          .coverage(coverage -> coverage.check(true).count(count -> count >= 1));
    }
  }

  @Provide
  Arbitrary<List<Step>> histories() {
    Arbitrary<List<Step>> any =
        Arbitraries.frequency(
                Tuple.of(8, Kind.REGISTER),
                Tuple.of(3, Kind.CANCEL),
                Tuple.of(3, Kind.COMMIT),
                Tuple.of(3, Kind.END_JOB),
                Tuple.of(8, Kind.BEGIN),
                Tuple.of(8, Kind.OUTCOME),
                Tuple.of(2, Kind.POSTPONE),
                Tuple.of(1, Kind.LEAVE),
                Tuple.of(2, Kind.LOOK),
                Tuple.of(8, Kind.INHERIT),
                Tuple.of(2, Kind.SETTLE),
                Tuple.of(5, Kind.PASS))
            .flatMap(kind -> sequence(kind));
    Arbitrary<List<Step>> job = sequence(Kind.REGISTER, Kind.REGISTER, Kind.REGISTER);
    Arbitrary<List<Step>> death =
        sequence(
            Kind.REGISTER,
            Kind.BEGIN,
            Kind.DIE,
            Kind.LOOK,
            Kind.INHERIT,
            Kind.PASS,
            Kind.INHERIT,
            Kind.INHERIT,
            Kind.OUTCOME);
    return Arbitraries.frequencyOf(Tuple.of(14, any), Tuple.of(2, job), Tuple.of(3, death))
        .list()
        .ofMinSize(10)
        .ofMaxSize(40)
        .withSizeDistribution(RandomDistribution.uniform())
        .map(parts -> parts.stream().flatMap(List::stream).toList());
  }

  /** Steps one after the other, each about anything. */
  private static Arbitrary<List<Step>> sequence(Kind... kinds) {
    Arbitrary<Integer> number = Arbitraries.integers().between(0, 63);
    return Combinators.combine(
            Stream.of(kinds)
                .map(kind -> Combinators.combine(number, number, number).as(step(kind)))
                .toList())
        .as(steps -> steps);
  }

  private static Combinators.F3<Integer, Integer, Integer, Step> step(Kind kind) {
    return (a, b, c) -> new Step(kind, a, b, c);
  }
}
