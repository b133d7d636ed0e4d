package dev.lastly.bench;

import dev.lastly.bench.jmh.Jobs;
import dev.lastly.bench.jmh.Parts;
import dev.lastly.bench.jmh.RegistrationBench;
import dev.lastly.bench.process.Backlogs;
import dev.lastly.bench.process.ColdStart;
import dev.lastly.bench.process.Contention;
import dev.lastly.bench.process.Deletion;
import dev.lastly.bench.process.Detection;
import dev.lastly.bench.process.Duplicates;
import dev.lastly.bench.process.InTurn;
import dev.lastly.bench.process.RecoveryBench;
import dev.lastly.bench.process.Scale;
import dev.lastly.bench.process.Size;
import dev.lastly.bench.process.UnresolvableBench;
import dev.lastly.bench.process.WhereTimeGoes;
import dev.lastly.bench.process.WithAndWithout;
import dev.lastly.bench.report.Figures;
import dev.lastly.bench.report.JsonReport;
import dev.lastly.bench.report.Machine;
import dev.lastly.bench.report.MarkdownReport;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.report.Results;
import dev.lastly.bench.report.SvgChart;
import dev.lastly.bench.tool.Tool;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.model.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs all experiments and writes the reports: {@code Suite BUDGET DATA REPORTS [ONLY,…]}. DATA is
 * the directory for the databases, which are removed at the end; REPORTS is the directory for the
 * three files. With names of experiments, only those run.
 */
final class Suite {
  private static final List<Experiment> EXPERIMENTS =
      List.of(
          new RegistrationBench(),
          new InTurn(),
          new WhereTimeGoes(),
          new Jobs(),
          new Parts(),
          new Contention(),
          new WithAndWithout(),
          new RecoveryBench(),
          new Duplicates(),
          new Scale(),
          new ColdStart(),
          new Size(),
          new UnresolvableBench(),
          new Detection(),
          new Deletion(),
          new Backlogs());

  private final Budget budget;
  private final Path data;
  private final Figures figures = new Figures();
  private boolean failed;

  private Suite(Budget budget, Path data) {
    this.budget = budget;
    this.data = data;
  }

  public static void main(String[] args) throws Exception {
    Budget budget = Budget.valueOf(args[0].toUpperCase(Locale.ROOT));
    Path data = Files.createDirectories(Path.of(args[1])).toRealPath();
    Map<String, String> machine = Machine.describe(data);
    Suite suite = new Suite(budget, data);
    suite.measure(args.length > 3 ? List.of(args[3].split(",", -1)) : List.of());
    String command = "make bench BUDGET=" + budget.name().toLowerCase(Locale.ROOT);
    Results results = new Results(command, machine, suite.figures, Goals.all());
    System.out.println(MarkdownReport.of(results));
    if (suite.failed) {
      System.err.println("An experiment failed, see above; no report was written.");
      System.exit(1);
    }
    suite.write(results, Path.of(args[2]));
  }

  private void measure(List<String> only) throws Exception {
    for (int round = 1; round <= budget.rounds(); round++) {
      for (Experiment experiment : EXPERIMENTS) {
        String name = experiment.getClass().getSimpleName();
        if (only.isEmpty() || only.contains(name)) {
          measure(
              experiment,
              String.format(Locale.ROOT, "%s, round %d of %d", name, round, budget.rounds()));
        }
      }
    }
  }

  private void measure(Experiment experiment, String what) throws Exception {
    long start = System.nanoTime();
    Path directory = Files.createTempDirectory(data, "bench");
    try {
      experiment.run(new Bench(budget, directory, figures));
    } catch (Exception e) { // the others still run
      failed = true;
      System.err.println(what + " failed: ");
      e.printStackTrace();
    } finally {
      Cleanup.deleteTree(directory);
    }
    System.err.printf(
        Locale.ROOT,
        "%s: %.0f s, load %s%n",
        what,
        (System.nanoTime() - start) / 1e9,
        Machine.load());
  }

  private void write(Results results, Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("benchmarks.md"), MarkdownReport.of(results));
    Files.writeString(directory.resolve("benchmarks.json"), JsonReport.of(results));
    Files.writeString(directory.resolve("benchmarks.svg"), chart());
  }

  private String chart() {
    return SvgChart.of(
        "Time to register one call, one thread, median (less is better)",
        Arrays.stream(Tool.values()).map(Tool::title).toList(),
        List.of(
            series("survives kill -9", "#2b6cb0", Durability.PROCESS_CRASH),
            series("survives a power cut", "#90cdf4", Durability.POWER_LOSS)),
        figures);
  }

  private static SvgChart.Series series(String name, String colour, Durability durability) {
    List<Metric> metrics =
        Arrays.stream(Tool.values()).map(t -> RegistrationBench.median(t, durability, 1)).toList();
    return new SvgChart.Series(name, colour, metrics);
  }
}
