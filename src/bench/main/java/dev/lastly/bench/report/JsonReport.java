package dev.lastly.bench.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The report for programs, with every sample. */
public final class JsonReport {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private JsonReport() {}

  /** The whole document. */
  public static String of(Results results) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("command", results.command());
    document.put("machine", results.machine());
    document.put("goals", results.goals().stream().map(g -> goal(g, results.figures())).toList());
    document.put("figures", results.figures().byGroup().stream().map(JsonReport::figure).toList());
    return JSON.writeValueAsString(document) + "\n";
  }

  private static Map<String, Object> goal(Goal goal, Figures figures) {
    Map<String, Object> fields = new LinkedHashMap<>();
    double value = goal.measure().applyAsDouble(figures);
    fields.put("path", goal.path());
    fields.put(goal.atMost() ? "at_most" : "at_least", goal.limit());
    fields.put("unit", goal.unit());
    if (!Double.isNaN(value)) {
      fields.put("measured", value);
    }
    fields.put("outcome", goal.outcome(figures).replace("*", ""));
    return fields;
  }

  private static Map<String, Object> figure(Figures.Figure figure) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("group", figure.metric().group());
    fields.put("title", figure.metric().title());
    fields.put("unit", figure.metric().unit());
    fields.put("median", figure.median());
    fields.put("least", figure.least());
    fields.put("greatest", figure.most());
    fields.put("samples", List.copyOf(figure.samples()));
    return fields;
  }
}
