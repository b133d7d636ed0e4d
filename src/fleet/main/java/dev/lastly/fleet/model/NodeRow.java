package dev.lastly.fleet.model;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One life of a node of a fleet: a state directory of a machine, from its first owner to its end.
 * It holds the lease. Times are those of the database's clock. Immutable.
 *
 * @param id the row's id
 * @param machineId the id of the machine
 * @param storeId the node's store
 * @param bootId the boot in which it lives or lived
 * @param host the machine, for people
 * @param beats how often its lease was renewed
 * @param ttl the time-to-live of its lease
 * @param expiresAt when its lease runs out, or ran out
 * @param leased whether it has not ended and its lease is good
 * @param openedAt when its first owner joined
 * @param endedAt when it ended; null if that is not recorded
 * @param endReason {@code closed}, {@code rebooted}, {@code presumed} or {@code forced}; null if it
 *     has not ended
 * @param evidence of its end, or null
 * @param owners how many of its owners have not ended
 * @param unfinished how many unfinished functions its owners have
 */
public record NodeRow(
    UUID id,
    String machineId,
    String storeId,
    String bootId,
    String host,
    long beats,
    Duration ttl,
    Instant expiresAt,
    boolean leased,
    Instant openedAt,
    @Nullable Instant endedAt,
    @Nullable String endReason,
    @Nullable String evidence,
    long owners,
    long unfinished) {

  /**
   * A mutable row, built by name, because a constructor with this many parameters is easy to
   * misuse. For one thread.
   */
  public static final class Draft {
    /** See {@link NodeRow#id()}. */
    public @Nullable UUID id;

    /** See {@link NodeRow#machineId()}. */
    public @Nullable String machineId;

    /** See {@link NodeRow#storeId()}. */
    public @Nullable String storeId;

    /** See {@link NodeRow#bootId()}. */
    public @Nullable String bootId;

    /** See {@link NodeRow#host()}. */
    public @Nullable String host;

    /** See {@link NodeRow#beats()}. */
    public long beats;

    /** See {@link NodeRow#ttl()}. */
    public @Nullable Duration ttl;

    /** See {@link NodeRow#expiresAt()}. */
    public @Nullable Instant expiresAt;

    /** See {@link NodeRow#leased()}. */
    public boolean leased;

    /** See {@link NodeRow#openedAt()}. */
    public @Nullable Instant openedAt;

    /** See {@link NodeRow#endedAt()}. */
    public @Nullable Instant endedAt;

    /** See {@link NodeRow#endReason()}. */
    public @Nullable String endReason;

    /** See {@link NodeRow#evidence()}. */
    public @Nullable String evidence;

    /** See {@link NodeRow#owners()}. */
    public long owners;

    /** See {@link NodeRow#unfinished()}. */
    public long unfinished;

    /** Starts with every number 0, every flag false and every other field null. */
    public Draft() {}

    /**
     * Makes the row.
     *
     * @return the row
     * @throws NullPointerException if a component that must not be null is null
     */
    public NodeRow row() {
      return new NodeRow(
          Objects.requireNonNull(id, "id"),
          Objects.requireNonNull(machineId, "machineId"),
          Objects.requireNonNull(storeId, "storeId"),
          Objects.requireNonNull(bootId, "bootId"),
          Objects.requireNonNull(host, "host"),
          beats,
          Objects.requireNonNull(ttl, "ttl"),
          Objects.requireNonNull(expiresAt, "expiresAt"),
          leased,
          Objects.requireNonNull(openedAt, "openedAt"),
          endedAt,
          endReason,
          evidence,
          owners,
          unfinished);
    }
  }
}
