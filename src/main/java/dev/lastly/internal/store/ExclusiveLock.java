package dev.lastly.internal.store;

/** A lock between processes, held until closed. */
@FunctionalInterface
public interface ExclusiveLock extends AutoCloseable {
  @Override
  void close();
}
