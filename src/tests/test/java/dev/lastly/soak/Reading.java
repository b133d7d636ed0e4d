package dev.lastly.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a worker and its state directory took at one moment, by name: the higher, the worse.
 *
 * @param values each with its name
 */
record Reading(Map<String, Double> values) {
  /** What may differ between two quarters, as a factor and an absolute amount. */
  private record Allowance(double factor, double more) {}

  private static final Map<String, Allowance> ALLOWED =
      Map.of(
          "memory, MiB", new Allowance(1.15, 16),
          "descriptors", new Allowance(1, 4),
          "threads", new Allowance(1, 3),
          "files", new Allowance(1, 3),
          "directory, MiB", new Allowance(1.2, 8),
          "median, µs", new Allowance(1.5, 100),
          "p99, µs", new Allowance(2, 2_000),
          "a job every, µs", new Allowance(1.1, 0));

  /**
   * Reads what the kernel knows.
   *
   * @param directory the state directory
   */
  static Reading of(long pid, Path directory, SecondOfJobs second) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    Map<String, Double> values = new TreeMap<>();
    values.put("memory, MiB", status(process, "VmRSS") / 1024.0);
    values.put("threads", (double) status(process, "Threads"));
    try (Stream<Path> open = Files.list(process.resolve("fd"))) {
      values.put("descriptors", (double) open.count());
    }
    long bytes = 0;
    long files = 0;
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.toList()) {
        files++;
        bytes += size(file);
      }
    }
    values.put("files", (double) files);
    values.put("directory, MiB", bytes / 1048576.0);
    values.put("median, µs", (double) second.medianMicros());
    values.put("p99, µs", (double) second.p99Micros());
    values.put("a job every, µs", 1e6 / Math.max(1, second.jobs()));
    return new Reading(values);
  }

  /**
   * One line of a worker.
   *
   * @param jobs how many it ran in that second
   * @param medianMicros of their time
   * @param p99Micros of their time
   */
  record SecondOfJobs(long jobs, long medianMicros, long p99Micros) {
    static SecondOfJobs parse(String line) {
      String[] words = line.split(" ", -1);
      return new SecondOfJobs(
          Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
    }
  }

  private static long status(Path process, String name) throws IOException {
    for (String line : Files.readAllLines(process.resolve("status"))) {
      if (line.startsWith(name + ":")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException(process + "/status has no " + name);
  }

  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0; // such as a log that was just closed
    }
  }

  /**
   * Compares the last quarter with the second one; the first is the warm-up.
   *
   * @return what has grown, a line each
   */
  static List<String> growth(List<Reading> readings) {
    int quarter = readings.size() / 4;
    List<Reading> early = readings.subList(quarter, 2 * quarter);
    List<Reading> late = readings.subList(readings.size() - quarter, readings.size());
    List<String> grown = new ArrayList<>();
    ALLOWED.forEach(
        (name, allowed) -> {
          double before = middle(early, name);
          double after = middle(late, name);
          if (after > before * allowed.factor() + allowed.more()) {
            grown.add(
                String.format(
                    Locale.ROOT,
                    "%s: %.1f in the second quarter, %.1f in the last",
                    name,
                    before,
                    after));
          }
        });
    return grown;
  }

  /** The medians of a quarter, counted from 0. */
  static String quarter(List<Reading> readings, int number) {
    int quarter = readings.size() / 4;
    List<Reading> part = readings.subList(number * quarter, (number + 1) * quarter);
    return new TreeMap<>(ALLOWED)
        .keySet().stream()
            .map(name -> String.format(Locale.ROOT, "%s %.1f", name, middle(part, name)))
            .collect(Collectors.joining("; "));
  }

  private static double middle(List<Reading> readings, String name) {
    List<Double> sorted =
        readings.stream()
            .map(reading -> reading.values().getOrDefault(name, 0.0))
            .sorted()
            .toList();
    return sorted.isEmpty() ? 0 : sorted.get(sorted.size() / 2);
  }
}
