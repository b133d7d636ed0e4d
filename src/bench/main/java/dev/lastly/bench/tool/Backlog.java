package dev.lastly.bench.tool;

/** A tool that can also make the calls that were registered. */
public interface Backlog extends OpenTool {
  /**
   * Begins to make all registered calls, with the tool's fastest settings; may return before they
   * are made.
   */
  void start() throws Exception;
}
