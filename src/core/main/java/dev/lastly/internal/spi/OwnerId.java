package dev.lastly.internal.spi;

/** Names an owner, see {@link Id}. */
public record OwnerId(Object key) implements Id {
  @Override
  public String toString() {
    return key.toString();
  }
}
