package dev.lastly.internal.spi;

/**
 * Names a function, see {@link Id}. Its key is comparable with the keys of the same store: within a
 * job, a function that was registered later has a greater one.
 */
public record FunctionId(Object key) implements Id {
  /** Whether this function was registered before another one of the same job and store. */
  @SuppressWarnings("unchecked") // keys of one store have one type
  public boolean isBefore(FunctionId other) {
    return ((Comparable<Object>) key).compareTo(other.key) < 0;
  }

  @Override
  public String toString() {
    return key.toString();
  }
}
