package dev.lastly.report;

import dev.lastly.model.FunctionState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The totals of functions that have a name or a job in common. For one thread. */
final class Group {
  private final String title;
  private final Map<FunctionState, Long> states = new EnumMap<>(FunctionState.class);
  private final List<Duration> runs = new ArrayList<>();
  private long failures;

  private Group(String title) {
    this.title = title;
  }

  /** Groups of the functions on the page: quarantined and failed first, then the largest. */
  static List<Group> by(Function<ReportFunction, String> title, ReportData data) {
    Map<String, Group> groups = new LinkedHashMap<>();
    Map<Object, Group> ofFunction = new LinkedHashMap<>();
    for (ReportFunction row : data.functions()) {
      Group group = groups.computeIfAbsent(title.apply(row), Group::new);
      group.states.merge(row.state(), 1L, Long::sum);
      ofFunction.put(row.id(), group);
    }
    for (ReportAttempt attempt : data.attempts()) {
      Group group = ofFunction.get(attempt.functionId());
      if (group != null) {
        group.add(attempt);
      }
    }
    return groups.values().stream().sorted(order()).toList();
  }

  /** The sum of several groups. */
  static Group sum(String title, Collection<Group> groups) {
    Group sum = new Group(title);
    for (Group group : groups) {
      group.states.forEach((state, number) -> sum.states.merge(state, number, Long::sum));
      sum.runs.addAll(group.runs);
      sum.failures += group.failures;
    }
    return sum;
  }

  private void add(ReportAttempt attempt) {
    Instant finished = attempt.finishedAt();
    if (finished != null) {
      runs.add(Units.between(attempt.startedAt(), finished));
      failures += Outcomes.isFailure(attempt) ? 1 : 0;
    }
  }

  private static Comparator<Group> order() {
    return Comparator.comparing((Group group) -> group.number(FunctionState.QUARANTINED))
        .thenComparing(Group::failures)
        .thenComparing(Group::size)
        .reversed()
        .thenComparing(Group::title);
  }

  String title() {
    return title;
  }

  long size() {
    return states.values().stream().mapToLong(Long::longValue).sum();
  }

  long number(FunctionState state) {
    return states.getOrDefault(state, 0L);
  }

  long unfinished() {
    return states.entrySet().stream()
        .filter(entry -> entry.getKey().isUnfinished())
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  long failures() {
    return failures;
  }

  Percentiles runs() {
    return Percentiles.of(runs);
  }

  List<Bar.Part> parts() {
    return states.entrySet().stream()
        .map(
            entry ->
                new Bar.Part(
                    States.style(entry.getKey()), States.text(entry.getKey()), entry.getValue()))
        .toList();
  }
}
