package dev.lastly.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lastly.crash.EventLog;
import dev.lastly.crash.Judge;
import dev.lastly.crash.Recoverer;
import dev.lastly.crash.Scratch;
import dev.lastly.support.Database;
import dev.lastly.testkit.StoreInvariants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Workers under random load in one state directory are killed, paused and ended at random for a
 * while. Then one worker recovers, and the log is compared with the database. The seed decides what
 * is done to which worker and when; what a signal interrupts depends on the machine, so a storm
 * cannot be repeated exactly.
 */
final class Storm {
  /** The default number of workers. */
  static final int WORKERS = 4;

  private static final int REAPERS = 1;
  private static final int BOOTS = 4;
  private static final int MOST_PAUSE_MILLIS = 400;

  /** One strike in so many may hit a process that is still starting. */
  private static final int STRIKES_AT_WORK = 20;

  private final Duration time;
  private final int crew;
  private final long seed;
  private final Random random;
  private final Path base;
  private final Path directory;
  private final EventLog log;
  private final List<Path> boots = new ArrayList<>();
  private final List<Victim> workers = new ArrayList<>();
  private final List<Victim> reapers = new ArrayList<>();
  private final List<Victim> leaving = new ArrayList<>();
  private final Map<Weather, Integer> struck = new EnumMap<>(Weather.class);
  private int started;

  private Storm(Path directory, Duration time, int crew, long seed) {
    this.directory = directory;
    this.time = time;
    this.crew = crew;
    this.seed = seed;
    this.random = new Random(seed);
    this.base = directory.resolve("base");
    this.log = new EventLog(directory.resolve("log"));
  }

  /**
   * Rages for so long over so many workers, and returns a line of figures; fails if a promise was
   * broken.
   */
  static String rage(Duration time, int crew, long seed) throws Exception {
    try (Scratch scratch = Scratch.create("lastly-chaos")) {
      Storm storm = new Storm(scratch.path(), time, crew, seed);
      try {
        storm.makeBootIds();
        storm.rage();
        return storm.calm();
      } catch (AssertionError e) {
        throw new AssertionError("SEED=" + seed + ": " + e.getMessage(), e);
      } finally {
        storm.all().forEach(Victim::close);
      }
    }
  }

  /** Only root may show a process another boot id; else all see the real one. */
  private void makeBootIds() throws IOException {
    if ("root".equals(System.getProperty("user.name"))) {
      for (int i = 0; i < BOOTS; i++) {
        byte[] id = (UUID.nameUUIDFromBytes(new byte[] {(byte) i}) + "\n").getBytes(UTF_8);
        boots.add(Files.write(directory.resolve("boot-" + i), id));
      }
    }
  }

  private List<Victim> all() {
    List<Victim> all = new ArrayList<>(workers);
    all.addAll(reapers);
    all.addAll(leaving);
    return all;
  }

  private void rage() throws Exception {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      restock();
      TimeUnit.MILLISECONDS.sleep(random.nextInt(MOST_PAUSE_MILLIS));
      strike();
    }
  }

  private void restock() throws Exception {
    for (List<Victim> victims : List.of(workers, reapers, leaving)) {
      for (Victim victim : List.copyOf(victims)) {
        if (victim.hasEnded()) {
          victims.remove(victim);
          victim.awaitEnd();
        }
      }
    }
    while (workers.size() < crew) {
      workers.add(start("work"));
    }
    while (reapers.size() < REAPERS) {
      reapers.add(start("reap"));
    }
  }

  private Victim start(String mode) throws IOException {
    Path errors = directory.resolve("errors-" + ++started);
    return Victim.start(bootId(), mode, base, log, random.nextLong(), errors);
  }

  private @Nullable Path bootId() {
    return boots.isEmpty() ? null : boots.get(random.nextInt(boots.size()));
  }

  private void strike() throws Exception {
    List<Victim> victims = random.nextInt(6) == 0 ? reapers : workers;
    Victim victim = victims.get(random.nextInt(victims.size()));
    if (!victim.isAtWork() && random.nextInt(STRIKES_AT_WORK) > 0) {
      return; // a loaded machine takes long to start one, and most should get somewhere
    }
    Weather weather = Weather.choose(random);
    switch (weather) {
      case KILL -> kill(victims, victim);
      case PAUSE -> {
        victim.stop();
        TimeUnit.MILLISECONDS.sleep(random.nextInt(MOST_PAUSE_MILLIS));
        victim.resume();
      }
      case PAUSE_AND_KILL -> {
        victim.stop();
        TimeUnit.MILLISECONDS.sleep(random.nextInt(MOST_PAUSE_MILLIS));
        kill(victims, victim);
      }
      case TERMINATE -> {
        victim.terminate();
        victims.remove(victim);
        leaving.add(victim);
      }
    }
    struck.merge(weather, 1, Integer::sum);
  }

  private static void kill(List<Victim> victims, Victim victim) throws Exception {
    victims.remove(victim);
    victim.kill();
  }

  /** Ends all, recovers, compares. */
  private String calm() throws Exception {
    for (Victim victim : leaving) {
      victim.awaitEnd();
    }
    leaving.clear();
    for (List<Victim> victims : List.of(workers, reapers)) {
      while (!victims.isEmpty()) {
        kill(victims, victims.get(0));
      }
    }
    try (Recoverer recoverer = new Recoverer(Integer.MAX_VALUE)) {
      recoverer.recover(base);
    }
    StoreInvariants.all().check(Database.file(base));
    Judge.Findings found = Judge.judge(log, Database.file(base), false);
    if (!found.problems().isEmpty()) {
      throw new AssertionError(String.join("\n  ", found.problems()));
    }
    if (found.acknowledged() == 0 || !struck.containsKey(Weather.KILL)) {
      throw new AssertionError(
          "nothing was deferred or no worker was killed, so nothing was tested");
    }
    return figures(found);
  }

  private String figures(Judge.Findings found) {
    return ("chaos: SEED=%d, %d s, %d workers, %d processes, %d boot ids; %s; %d deferred, %d"
            + " cancelled, %d runs; 0 missing, 0 early, repeated: %d after a death, %d after a"
            + " failure")
        .formatted(
            seed,
            time.toSeconds(),
            crew,
            started,
            Math.max(1, boots.size()),
            struck,
            found.acknowledged(),
            found.cancelled(),
            found.runs(),
            found.afterDeath(),
            found.afterFailure());
  }
}
