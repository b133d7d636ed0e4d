package dev.lastly.bench.tool;

/** A tool that can also make the calls that were registered. */
public interface Backlog extends OpenTool {
  /**
   * Begins to make every call that was registered, with whatever settings of the tool make it
   * fastest; may return before they are made.
   */
  void start() throws Exception;
}
