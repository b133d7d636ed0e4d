package dev.lastly.bench.report;

/**
 * Something that can be measured.
 *
 * @param group what it is listed with
 * @param title what it is, for people
 * @param unit what one of it is: {@code µs}, {@code /s}, …
 */
public record Metric(String group, String title, String unit) {}
