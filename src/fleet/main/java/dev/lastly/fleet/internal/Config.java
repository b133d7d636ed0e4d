package dev.lastly.fleet.internal;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the public settings say, for this package.
 *
 * @param schema a name that is harmless in SQL
 * @param terms of leases
 * @param machine this machine
 * @param timeout how long to wait for an answer
 * @param commit the level of {@code synchronous_commit} of registrations
 * @param singleNode whether no standby is needed
 * @param onLeaseLost who is told when trust in the lease ends
 */
public record Config(
    String schema,
    Terms terms,
    Machine machine,
    Duration timeout,
    String commit,
    boolean singleNode,
    Consumer<String> onLeaseLost) {

  /**
   * The durations of a lease.
   *
   * @param ttl the time-to-live of a node's lease
   * @param margin how much earlier this process takes it as run out
   * @param presumeAfter after which silence a node is presumed dead; null for never
   */
  public record Terms(Duration ttl, Duration margin, @Nullable Duration presumeAfter) {}

  /**
   * What a node is told by.
   *
   * @param id the id of this machine
   * @param bootId of the boot; null to ask the node
   */
  public record Machine(String id, @Nullable String bootId) {}
}
