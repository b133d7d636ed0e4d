package dev.lastly.model;

/**
 * A store that many nodes share, for functions that must outlive their node: see {@link
 * Settings.Builder#fleet}. The module {@code lastly-fleet} makes one on PostgreSQL. It is not
 * sealed only because its implementation is in another module; a manager does not open with any
 * other. Thread-safe.
 */
public interface FleetStore {
  /**
   * Where it is, for messages.
   *
   * @return a few words without a password
   */
  String place();
}
