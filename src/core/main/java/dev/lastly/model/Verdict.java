package dev.lastly.model;

/** What the evidence says about an owner. Only a {@link #DEAD} owner is ever reaped. */
public enum Verdict {
  /** The evidence shows that the owner lives. */
  ALIVE,
  /** The evidence, or the owner's own row, shows that it has ended. This never changes again. */
  DEAD,
  /** The evidence does not suffice: Lastly leaves the owner alone and reports it. */
  UNKNOWN
}
