package dev.lastly.internal.spi;

/** Names a function, see {@link Id}. */
public record FunctionId(Object key) implements Id {
  @Override
  public String toString() {
    return key.toString();
  }
}
