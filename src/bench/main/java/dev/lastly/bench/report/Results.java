package dev.lastly.bench.report;

import java.util.List;
import java.util.Map;

/**
 * One run of the suite.
 *
 * @param command the command that ran the suite
 * @param machine where it ran
 * @param figures what was measured
 * @param goals the goals for the figures
 */
public record Results(
    String command, Map<String, String> machine, Figures figures, List<Goal> goals) {}
