package dev.lastly.bench.tool;

/**
 * One tool, ready to register calls. Thread-safe.
 *
 * <p>Closing one frees nothing but what must be freed: what it registered is left as it is, and its
 * directory is thrown away by whoever made it.
 */
public interface OpenTool extends AutoCloseable {
  /** Registers {@link Call#nothing}; durable, as was asked for, when it returns. */
  void register() throws Exception;

  @Override
  void close() throws Exception;
}
