package dev.lastly.internal.spi;

/**
 * By what a store knows whether a function is still as it was read: whose it is, and by which
 * claim. Functions whose fences are equal may begin together. Immutable.
 */
public interface Fence {
  /** Whether its owner has got the function by a claim, rather than by registering it. */
  boolean isClaimed();
}
