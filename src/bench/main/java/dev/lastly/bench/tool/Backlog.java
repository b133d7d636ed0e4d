package dev.lastly.bench.tool;

/** A tool that can also make the registered calls. */
public interface Backlog extends Registrar {
  /**
   * Begins to make all registered calls, with the tool's fastest settings; may return before they
   * are made.
   */
  void start() throws Exception;
}
