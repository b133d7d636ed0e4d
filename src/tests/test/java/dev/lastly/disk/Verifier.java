package dev.lastly.disk;

import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Judges the images of one recording. For one thread.
 *
 * <p>Whatever the durability, the database opens, is sound, and is in a state that it was in at
 * some moment before the cut: the visible commits are a prefix of the commits. With {@code
 * POWER_LOSS} that moment is not before the last acknowledgement. And Lastly itself, started on the
 * image as on the disk of a machine that has come up again, runs what it must and nothing that was
 * cancelled.
 */
final class Verifier {
  private final Recording recording;
  private final Durability durability;
  private final Path workshop;
  private final CommittedStates history;
  private final Map<String, Outcome> known = new HashMap<>();
  private int images;

  Verifier(Recording recording, Durability durability, Path workshop) {
    this.recording = recording;
    this.durability = durability;
    this.workshop = workshop;
    this.history = new CommittedStates(recording, workshop);
  }

  /** What an image turned out to be. */
  private record Outcome(String state, List<String> ran, @Nullable Throwable failure) {}

  /** How many images were judged, and how many of them differed. */
  int images() {
    return images;
  }

  int distinct() {
    return known.size();
  }

  int states() {
    return history.size();
  }

  /** Judges one image; tells what is wrong with it, if anything is. */
  void verify(int cut, Fate fate, SplittableRandom random, Consumer<String> problems) {
    DiskImage image = recording.image(cut, fate);
    images++;
    Outcome outcome = known.computeIfAbsent(image.digest(), d -> open(image, random));
    List<String> wrong = new ArrayList<>();
    if (outcome.failure() != null) {
      wrong.add("cannot be recovered: " + outcome.failure());
    } else {
      judge(cut, outcome, wrong);
    }
    for (String what : wrong) {
      problems.accept(
          "%s: power lost at event %d (%s), %s: %s"
              .formatted(recording.name, cut, event(cut), fate.text(), what));
    }
  }

  private String event(int cut) {
    return cut < recording.events.size() ? recording.events.get(cut).toString() : "the end";
  }

  private Outcome open(DiskImage image, SplittableRandom random) {
    try {
      String state = Workshop.use(workshop, image, root -> Dump.of(Workshop.database(root)));
      DiskImage found = random.nextInt(4) == 0 ? withStaleIndex(image, random) : image;
      List<String> ran = Workshop.use(workshop, found, root -> Reopening.run(root, found));
      return new Outcome(state, ran, null);
    } catch (RuntimeException | AssertionError e) { // it is the image's fault, and so the finding
      Throwable cause = e.getClass() == IllegalStateException.class ? e.getCause() : e;
      return new Outcome("", List.of(), cause == null ? e : cause);
    }
  }

  /** SQLite must not believe an index of before the cut. */
  private static DiskImage withStaleIndex(DiskImage image, SplittableRandom random) {
    Map<String, byte[]> files = new java.util.TreeMap<>(image.files());
    byte[] index = new byte[32768];
    new java.util.Random(random.nextLong()).nextBytes(index);
    image.files().keySet().stream()
        .filter(path -> path.endsWith("/deferred.db"))
        .forEach(path -> files.put(path + "-shm", index));
    return new DiskImage(files, image.inodes());
  }

  private void judge(int cut, Outcome outcome, List<String> wrong) {
    OptionalInt index = history.indexOf(outcome.state(), cut);
    if (index.isEmpty()) {
      wrong.add("the database is in a state that it never was in");
      return;
    }
    if (durability == Durability.POWER_LOSS) {
      int floor = history.indexAt(lastAcknowledgement(cut));
      if (index.getAsInt() < floor) {
        wrong.add(
            "what was acknowledged is missing: state %d, acknowledged was %d"
                .formatted(index.getAsInt(), floor));
      }
      promises(cut, outcome.ran(), wrong);
    }
  }

  private int lastAcknowledgement(int cut) {
    int last = 0;
    for (int at = 0; at < cut; at++) {
      String text = recording.events.get(at).isMark() ? recording.events.get(at).text() : "";
      if (text.startsWith("deferred ") || text.startsWith("cancelled ")) {
        last = at;
      }
    }
    return last;
  }

  /** The promises in their own words: independent of any notion of states. */
  private void promises(int cut, List<String> ranNow, List<String> wrong) {
    List<String> marks = recording.marks(cut);
    for (String mark : marks) {
      String tag = mark.substring(mark.indexOf(' ') + 1);
      boolean ranBefore = marks.contains("ran " + tag);
      if (mark.startsWith("cancelled ") && (ranNow.contains(tag) || ranBefore)) {
        wrong.add("its cancellation was acknowledged, yet it runs: " + tag);
      }
      if (mark.startsWith("deferred ")
          && !marks.contains("cancelling " + tag)
          && !ranBefore
          && !ranNow.contains(tag)) {
        wrong.add("its registration was acknowledged, yet it is not run: " + tag);
      }
    }
  }
}
