package dev.lastly.fleet.model;

import dev.lastly.model.Verdict;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An owner of a fleet: one manager of a process of a node, as the view {@code owner_timeline} shows
 * it. Times are those of the database's clock. Immutable.
 *
 * @param id the row's id
 * @param nodeId the node's life in which it is or was
 * @param localId its number in the store of its node
 * @param label the label of its manager
 * @param pid its process
 * @param host the machine, for people
 * @param machineId the id of the machine
 * @param bootId the boot in which it lives or lived
 * @param openedAt when it joined
 * @param endedAt when it ended; null if that is not recorded
 * @param endReason {@code closed}, {@code shutdown}, {@code died}, {@code rebooted}, {@code
 *     presumed} or {@code forced}; null if it has not ended
 * @param endedBy the owner that recorded the end; null if it did so itself
 * @param evidence of its end, or null
 * @param confirmedAt when the death that was presumed was proven, or null
 * @param confirmation how it was proven, or null
 * @param leased whether the lease of its node is good
 */
public record FleetOwnerRow(
    UUID id,
    UUID nodeId,
    long localId,
    String label,
    long pid,
    String host,
    String machineId,
    String bootId,
    Instant openedAt,
    @Nullable Instant endedAt,
    @Nullable String endReason,
    @Nullable UUID endedBy,
    @Nullable String evidence,
    @Nullable Instant confirmedAt,
    @Nullable String confirmation,
    boolean leased) {

  /**
   * What is known of it.
   *
   * @return {@code DEAD} if it has ended for certain; {@code ALIVE} if it has not ended and the
   *     lease of its node is good; else {@code UNKNOWN}
   */
  public Verdict verdict() {
    if (endReason == null) {
      return leased ? Verdict.ALIVE : Verdict.UNKNOWN;
    }
    return isPresumed() ? Verdict.UNKNOWN : Verdict.DEAD;
  }

  /**
   * Whether it is presumed dead, and that is not proven.
   *
   * @return true until its death is proven, or an operator confirms it
   */
  public boolean isPresumed() {
    return "presumed".equals(endReason) && confirmedAt == null;
  }

  /**
   * A mutable row, built by name, because a constructor with this many parameters is easy to
   * misuse. For one thread.
   */
  public static final class Draft {
    /** See {@link FleetOwnerRow#id()}. */
    public @Nullable UUID id;

    /** See {@link FleetOwnerRow#nodeId()}. */
    public @Nullable UUID nodeId;

    /** See {@link FleetOwnerRow#localId()}. */
    public long localId;

    /** See {@link FleetOwnerRow#label()}. */
    public @Nullable String label;

    /** See {@link FleetOwnerRow#pid()}. */
    public long pid;

    /** See {@link FleetOwnerRow#host()}. */
    public @Nullable String host;

    /** See {@link FleetOwnerRow#machineId()}. */
    public @Nullable String machineId;

    /** See {@link FleetOwnerRow#bootId()}. */
    public @Nullable String bootId;

    /** See {@link FleetOwnerRow#openedAt()}. */
    public @Nullable Instant openedAt;

    /** See {@link FleetOwnerRow#endedAt()}. */
    public @Nullable Instant endedAt;

    /** See {@link FleetOwnerRow#endReason()}. */
    public @Nullable String endReason;

    /** See {@link FleetOwnerRow#endedBy()}. */
    public @Nullable UUID endedBy;

    /** See {@link FleetOwnerRow#evidence()}. */
    public @Nullable String evidence;

    /** See {@link FleetOwnerRow#confirmedAt()}. */
    public @Nullable Instant confirmedAt;

    /** See {@link FleetOwnerRow#confirmation()}. */
    public @Nullable String confirmation;

    /** See {@link FleetOwnerRow#leased()}. */
    public boolean leased;

    /** Starts with every number 0, every flag false and every other field null. */
    public Draft() {}

    /**
     * Makes the row.
     *
     * @return the row
     * @throws NullPointerException if a component that must not be null is null
     */
    public FleetOwnerRow row() {
      return new FleetOwnerRow(
          Objects.requireNonNull(id, "id"),
          Objects.requireNonNull(nodeId, "nodeId"),
          localId,
          Objects.requireNonNull(label, "label"),
          pid,
          Objects.requireNonNull(host, "host"),
          Objects.requireNonNull(machineId, "machineId"),
          Objects.requireNonNull(bootId, "bootId"),
          Objects.requireNonNull(openedAt, "openedAt"),
          endedAt,
          endReason,
          endedBy,
          evidence,
          confirmedAt,
          confirmation,
          leased);
    }
  }
}
