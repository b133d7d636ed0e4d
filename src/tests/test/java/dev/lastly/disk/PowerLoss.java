package dev.lastly.disk;

import dev.lastly.model.Durability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** Cuts the power for as long, or as often, as the caller says: {@code make power-loss}. */
final class PowerLoss {
  private static final String ALL = "all";

  private PowerLoss() {}

  /**
   * Arguments: seconds (0: as many images as there are to be), images (0: no limit; {@code all}:
   * until every prefix has been judged), seed.
   */
  public static void main(String[] args) throws Exception {
    long seconds = Long.parseLong(args[0]);
    boolean all = args[1].equals(ALL);
    long images = all ? 0 : Long.parseLong(args[1]);
    long seed = Long.parseLong(args[2]);
    if (seconds <= 0 && images <= 0 && !all) {
      throw new IllegalArgumentException("say for how many SECONDS, or how many IMAGES");
    }
    Path home = Files.createTempDirectory("lastly-power-loss");
    Path workshop = Workshop.open();
    List<Campaign> campaigns = campaigns(home, workshop, seed);
    Queue<Campaign> left = new ArrayDeque<>(campaigns);
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos(); // recording is not it
    long count = 0;
    while (!left.isEmpty()
        && (seconds <= 0 || System.nanoTime() < end)
        && (images <= 0 || count < images)) {
      Campaign campaign = left.remove();
      campaign.next();
      count++;
      if (!all || !campaign.isThrough()) {
        left.add(campaign);
      }
    }
    if (count == 0) {
      throw new IllegalStateException("no image was checked, so nothing is known");
    }
    campaigns.forEach(campaign -> System.out.println(campaign.summary()));
    List<String> problems = campaigns.stream().flatMap(c -> c.problems().stream()).toList();
    problems.forEach(System.out::println);
    Workshop.delete(workshop);
    System.out.printf("%d images, %d problems, seed %d%n", count, problems.size(), seed);
    if (problems.isEmpty()) {
      Workshop.delete(home);
    } else {
      System.out.println("The recordings are kept in " + home);
      System.exit(1);
    }
  }

  private static List<Campaign> campaigns(Path home, Path workshop, long seed) throws Exception {
    List<Campaign> campaigns = new ArrayList<>();
    for (Play play : Play.values()) {
      for (Durability durability : Durability.values()) {
        long begun = System.nanoTime();
        Recording recording = new DiskRecorder(home).record(play, durability);
        campaigns.add(new Campaign(recording, durability, workshop, seed));
        System.out.printf(
            "%s, %s: recorded, and each committed state found, in %d s%n",
            play, durability, Duration.ofNanos(System.nanoTime() - begun).toSeconds());
      }
    }
    return campaigns;
  }
}
