package dev.lastly.cli.view;

/**
 * One thing that needs an operator.
 *
 * @param code one word, for programs
 * @param text what it is, and what to do
 */
public record Concern(String code, String text) {}
