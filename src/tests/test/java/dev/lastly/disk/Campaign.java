package dev.lastly.disk;

import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Cuts the power in one recording, again and again, as a seed says: just before each fsync and at
 * the end. It tries every prefix of the pending changes once, and once with the next change torn,
 * in random order; then random subsets, as long as it is told to. For one thread.
 */
final class Campaign {
  private static final int MOST_PROBLEMS = 5;

  /** Every fourth image is of a subset, even while there are prefixes left. */
  private static final int SUBSETS = 4;

  private final Recording recording;
  private final Verifier verifier;
  private final SplittableRandom random;
  private final List<Integer> cuts;
  private final Queue<Prefix> prefixes;
  private final int prefixCount;
  private final List<String> problems = new ArrayList<>();

  private record Prefix(int cut, int count, boolean torn) {}

  Campaign(Recording recording, Durability durability, Path workshop, long seed) {
    this.recording = recording;
    this.verifier = new Verifier(recording, durability, workshop);
    this.random = new SplittableRandom(seed ^ recording.name.hashCode());
    this.cuts = cuts(recording);
    List<Prefix> all = new ArrayList<>();
    for (int cut : cuts) {
      int pending = recording.pending(cut).size();
      for (int count = 0; count <= pending; count++) {
        all.add(new Prefix(cut, count, false));
        if (count < pending) {
          all.add(new Prefix(cut, count, true));
        }
      }
    }
    Collections.shuffle(all, new Random(random.nextLong()));
    this.prefixes = new ArrayDeque<>(all);
    this.prefixCount = all.size();
  }

  /** Just before each fsync took effect, and at the end. */
  private static List<Integer> cuts(Recording recording) {
    int end = recording.events.size();
    return IntStream.rangeClosed(0, end)
        .filter(
            at ->
                at == end
                    || (!recording.events.get(at).isMark()
                        && recording.events.get(at).kind().endsWith("sync")))
        .boxed()
        .toList();
  }

  /** Judges one more image. */
  void next() {
    Prefix prefix = verifier.images() % SUBSETS == SUBSETS - 1 ? null : prefixes.poll();
    int cut = prefix != null ? prefix.cut : cuts.get(random.nextInt(cuts.size()));
    List<Change> pending = recording.pending(cut);
    Fate fate =
        prefix == null
            ? Fate.subset(pending, random.split())
            : prefix.torn
                ? Fate.torn(pending, prefix.count, random.split())
                : Fate.prefix(pending, prefix.count);
    if (problems.size() < MOST_PROBLEMS) {
      verifier.verify(cut, fate, random.split(), problems::add);
    }
  }

  /**
   * Whether every prefix of every cut has been judged, whole and with the next change torn; or
   * enough is wrong already.
   */
  boolean isThrough() {
    return prefixes.isEmpty() || problems.size() >= MOST_PROBLEMS;
  }

  /** What is wrong, in words; no more is looked at once there are a few. */
  List<String> problems() {
    return problems;
  }

  int images() {
    return verifier.images();
  }

  /** What was done, in numbers. */
  String summary() {
    return "%s: %d images (%d distinct; %d of %d prefixes) of %d cuts, %d committed states"
        .formatted(
            recording.name,
            verifier.images(),
            verifier.distinct(),
            prefixCount - prefixes.size(),
            prefixCount,
            cuts.size(),
            verifier.states());
  }
}
