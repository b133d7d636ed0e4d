package dev.lastly.model;

/** The order in which the functions of one job run. Different jobs are unordered. */
public enum Order {
  /** Last registered, first run: the order of nested {@code finally} blocks. */
  NEWEST_FIRST,
  /** First registered, first run: the order that {@code toil.deferred} uses. */
  REGISTRATION
}
