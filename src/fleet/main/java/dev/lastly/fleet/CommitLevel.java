package dev.lastly.fleet;

import java.util.Locale;

/**
 * What a registration waits for: the level of PostgreSQL's {@code synchronous_commit}, set for its
 * transaction alone. {@link #LOCAL} survives a crash of the server, but not the loss of its
 * machine; the levels above it also wait for the standbys that {@code synchronous_standby_names}
 * lists.
 */
public enum CommitLevel {
  /** The server has synced it to its disk. */
  LOCAL,
  /** A standby has it in the memory of its kernel, too: it survives the loss of the server. */
  REMOTE_WRITE,
  /**
   * A standby has synced it, too: it survives the loss of the server and of power at the standby.
   */
  ON,
  /** Queries at a standby see it, too. */
  REMOTE_APPLY;

  /**
   * The name of this level in PostgreSQL.
   *
   * @return the value of {@code synchronous_commit}
   */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }
}
