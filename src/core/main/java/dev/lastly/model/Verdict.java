package dev.lastly.model;

/** What is known of an owner. Only {@link #DEAD} is ever reaped. */
public enum Verdict {
  /** A witness says that the owner lives. */
  ALIVE,
  /** The kernel, or the owner itself, says that it has ended. This never changes again. */
  DEAD,
  /** The evidence does not suffice: the owner is left alone and reported. */
  UNKNOWN
}
