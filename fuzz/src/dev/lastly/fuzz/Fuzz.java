package dev.lastly.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What {@code make fuzz} runs: Jazzer on one target after the other, each for so many seconds, and
 * a line of figures for each. Ends with 1 if anything was found.
 */
public final class Fuzz {
  private static final Pattern PROGRESS =
      Pattern.compile("#(\\d+)\\s+\\w+\\s+cov: (\\d+) ft: (\\d+) corp: (\\d+)/");

  /** Whose branches and comparisons guide Jazzer. */
  private static final String CODE = "dev.lastly.**:tools.jackson.core.**";

  private static final String FIND = "find-";

  private final Path project = Path.of("").toAbsolutePath();
  private final long seconds;
  private boolean found;

  private Fuzz(long seconds) {
    this.seconds = seconds;
  }

  /**
   * Runs.
   *
   * @param args a target's name or {@code all}; seconds for each; or, instead, an input to be tried
   */
  public static void main(String[] args) throws Exception {
    List<FuzzTarget> targets =
        args[0].equals("all") ? FuzzTarget.ALL : List.of(FuzzTarget.named(args[0]));
    if (args.length > 2) {
      System.exit(replay(targets.get(0), Path.of(args[2]).toAbsolutePath()));
    }
    Fuzz fuzz = new Fuzz(Long.parseLong(args[1]));
    for (FuzzTarget target : targets) {
      fuzz.run(target);
    }
    System.exit(fuzz.found ? 1 : 0);
  }

  /** As the short pass does, and as a regression test would. */
  private static int replay(FuzzTarget target, Path input) throws Exception {
    FuzzChild child =
        FuzzChild.run(
            Places.of(target).resolve("replay"),
            Duration.ofMinutes(1),
            List.of("-Xmx192m", "-XX:+ExitOnOutOfMemoryError"),
            Replay.class.getName(),
            target.name(),
            input.toString());
    System.out.println(child.end());
    return child.exitCode();
  }

  private void run(FuzzTarget target) throws Exception {
    Path directory = Places.of(target).resolve("jazzer");
    Files.createDirectories(directory.resolve("corpus"));
    List<Path> before = finds(directory);
    FuzzChild child =
        FuzzChild.run(
            directory,
            Duration.ofSeconds(seconds + 240),
            List.of("-Xmx768m", "-XX:-OmitStackTraceInFastThrow", "-XX:+EnableDynamicAgentLoading"),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + target.type().getName(),
            "--instrumentation_includes=" + CODE,
            "--custom_hook_includes=" + CODE,
            "--reproducer_path=" + directory,
            "-artifact_prefix=" + directory + "/" + FIND,
            "-max_total_time=" + seconds,
            "-timeout=60",
            "-report_slow_units=60",
            "-rss_limit_mb=2560",
            "-max_len=" + target.maxLength(),
            "-use_value_profile=1",
            directory.resolve("corpus").toString(),
            target.corpus(project).toString());
    List<Path> finds = finds(directory);
    finds.removeAll(before);
    System.out.println(figures(target, child, finds.size()));
    if (child.exitCode() != 0 || !finds.isEmpty()) {
      found = true;
      explain(target, child, finds);
    }
  }

  private String figures(FuzzTarget target, FuzzChild child, int finds) throws IOException {
    String[] last = {"0", "0", "0", "0"};
    Matcher progress = PROGRESS.matcher(Files.readString(child.log(), StandardCharsets.ISO_8859_1));
    while (progress.find()) {
      for (int i = 0; i < last.length; i++) {
        last[i] = progress.group(i + 1);
      }
    }
    return String.format(
        Locale.ROOT,
        "%-15s %4d s %,13d executions %6s edges %6s features %5s inputs kept %3d finds",
        target.name(),
        seconds,
        Long.parseLong(last[0]),
        last[1],
        last[2],
        last[3],
        finds);
  }

  private static void explain(FuzzTarget target, FuzzChild child, List<Path> finds)
      throws IOException {
    System.out.println(child.end());
    System.out.println(
        "exit code " + child.exitCode() + "; all that Jazzer wrote is in " + child.log());
    for (Path find : finds) {
      System.out.println("  make fuzz TARGET=" + target.name() + " INPUT=" + find);
    }
  }

  private static List<Path> finds(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return new ArrayList<>(
          files.filter(file -> file.getFileName().toString().startsWith(FIND)).sorted().toList());
    }
  }
}
