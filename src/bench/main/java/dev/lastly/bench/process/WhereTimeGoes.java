package dev.lastly.bench.process;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Call;
import dev.lastly.bench.tool.Layers;
import dev.lastly.bench.tool.OpenTool;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code defer} adds to the bare row, layer by layer, in one JVM that is warm: the profile
 * behind the ratio of the two.
 */
public final class WhereTimeGoes implements Experiment {
  private static final int CALLS = 100;
  private static final int WARM_UP = 200;
  private static final int TURNS = 200;

  @Override
  public void run(Bench bench) throws Exception {
    Path base = bench.directory("layers");
    Path template = Layers.template(bench.directory("template"));
    Settings settings = Settings.builder().durability(Durability.PROCESS_CRASH).build();
    Map<Metric, Stopwatch.Call> calls = new LinkedHashMap<>();
    List<OpenTool> open = new ArrayList<>();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        JobContext job = manager.openJob()) {
      String sign = "";
      for (Layers.Layer layer : Layers.Layer.values()) {
        Layers layers = new Layers(template, base, layer);
        open.add(layers);
        calls.put(metric(sign + layer.title()), layers::register);
        sign = "+ ";
      }
      calls.put(metric("Lastly's `defer`"), () -> job.defer(Call::nothing, Call.ARGUMENT));
      measure(bench, calls);
    } finally {
      for (OpenTool tool : open) {
        tool.close();
      }
    }
  }

  private static void measure(Bench bench, Map<Metric, Stopwatch.Call> calls) throws Exception {
    Map<Metric, List<Double>> medians = new LinkedHashMap<>();
    int turns = bench.budget().rows(TURNS);
    for (int turn = -bench.budget().rows(WARM_UP); turn < turns; turn++) {
      for (Map.Entry<Metric, Stopwatch.Call> call : calls.entrySet()) {
        double median = Stopwatch.median(CALLS, call.getValue());
        if (turn >= 0) {
          medians.computeIfAbsent(call.getKey(), metric -> new ArrayList<>()).add(median);
        }
      }
    }
    medians.forEach((metric, found) -> bench.figures().add(metric, Stopwatch.middle(found)));
  }

  private static Metric metric(String what) {
    return new Metric(
        "What `defer` adds to the bare row: PROCESS_CRASH, one warm JVM, in turns of 100 calls",
        what + ", median",
        "µs");
  }
}
