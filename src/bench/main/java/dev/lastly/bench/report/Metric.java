package dev.lastly.bench.report;

/**
 * A quantity that is measured.
 *
 * @param group the group in the report
 * @param title its name in the report
 * @param unit its unit: {@code µs}, {@code calls/s}, …
 */
public record Metric(String group, String title, String unit) {}
