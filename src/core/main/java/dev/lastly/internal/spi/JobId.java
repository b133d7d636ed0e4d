package dev.lastly.internal.spi;

/** Names a job, see {@link Id}. */
public record JobId(Object key) implements Id {
  @Override
  public String toString() {
    return key.toString();
  }
}
