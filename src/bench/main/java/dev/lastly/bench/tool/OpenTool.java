package dev.lastly.bench.tool;

/**
 * A tool that is ready to register calls. Thread-safe.
 *
 * <p>{@link #close} releases connections and files only. The registered calls stay; the caller
 * deletes the directory.
 */
public interface OpenTool extends AutoCloseable {
  /** Registers {@link Call#nothing}; durable, as was asked for, when it returns. */
  void register() throws Exception;

  @Override
  void close() throws Exception;
}
