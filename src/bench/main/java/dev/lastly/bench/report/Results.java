package dev.lastly.bench.report;

import java.util.List;
import java.util.Map;

/**
 * One run of the suite.
 *
 * @param command what was typed to get it
 * @param machine where it ran
 * @param figures what was measured
 * @param goals what it is held against
 */
public record Results(
    String command, Map<String, String> machine, Figures figures, List<Goal> goals) {}
