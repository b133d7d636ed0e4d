package dev.lastly.model;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An owner as its row shows it, with its current verdict. Immutable.
 *
 * @param id the row's id, and the number of its lock byte
 * @param label {@code Settings.label()}
 * @param pid process id, as the process itself sees it
 * @param startTicks when the process started, in ticks since boot
 * @param bootId the boot in which it lives or lived
 * @param pidNamespace the pid namespace that {@code pid} belongs to
 * @param uid user id, -1 if unknown
 * @param host name of the node, for people
 * @param openedAt when it opened
 * @param closedAt when it closed or was found dead; null while it is open
 * @param endReason {@code closed}, {@code shutdown}, {@code died} or {@code forced}; null while it
 *     is open
 * @param endedBy the owner that found it dead, or null
 * @param evidence the evidence of its death, or null
 * @param doubt why the last process that examined it could not tell whether it lives, or null
 * @param verdict the current verdict; {@link Verdict#DEAD} if it has ended
 * @param verdictEvidence the evidence of the verdict, in words
 */
public record OwnerRow(
    long id,
    String label,
    long pid,
    long startTicks,
    String bootId,
    String pidNamespace,
    long uid,
    String host,
    Instant openedAt,
    @Nullable Instant closedAt,
    @Nullable String endReason,
    @Nullable Long endedBy,
    @Nullable String evidence,
    @Nullable String doubt,
    Verdict verdict,
    String verdictEvidence) {
  /**
   * A mutable row, built by name, because a constructor with this many parameters is easy to
   * misuse. For one thread.
   */
  public static final class Draft {
    /** See {@link OwnerRow#id()}. */
    public long id;

    /** See {@link OwnerRow#label()}. */
    public @Nullable String label;

    /** See {@link OwnerRow#pid()}. */
    public long pid;

    /** See {@link OwnerRow#startTicks()}. */
    public long startTicks;

    /** See {@link OwnerRow#bootId()}. */
    public @Nullable String bootId;

    /** See {@link OwnerRow#pidNamespace()}. */
    public @Nullable String pidNamespace;

    /** See {@link OwnerRow#uid()}. */
    public long uid;

    /** See {@link OwnerRow#host()}. */
    public @Nullable String host;

    /** See {@link OwnerRow#openedAt()}. */
    public @Nullable Instant openedAt;

    /** See {@link OwnerRow#closedAt()}. */
    public @Nullable Instant closedAt;

    /** See {@link OwnerRow#endReason()}. */
    public @Nullable String endReason;

    /** See {@link OwnerRow#endedBy()}. */
    public @Nullable Long endedBy;

    /** See {@link OwnerRow#evidence()}. */
    public @Nullable String evidence;

    /** See {@link OwnerRow#doubt()}. */
    public @Nullable String doubt;

    /** See {@link OwnerRow#verdict()}. */
    public @Nullable Verdict verdict;

    /** See {@link OwnerRow#verdictEvidence()}. */
    public @Nullable String verdictEvidence;

    /** Starts with every number 0 and every other field null. */
    public Draft() {}

    /**
     * Makes the row.
     *
     * @return the row
     * @throws NullPointerException if a component that must not be null is null
     */
    public OwnerRow row() {
      return new OwnerRow(
          id,
          Objects.requireNonNull(label, "label"),
          pid,
          startTicks,
          Objects.requireNonNull(bootId, "bootId"),
          Objects.requireNonNull(pidNamespace, "pidNamespace"),
          uid,
          Objects.requireNonNull(host, "host"),
          Objects.requireNonNull(openedAt, "openedAt"),
          closedAt,
          endReason,
          endedBy,
          evidence,
          doubt,
          Objects.requireNonNull(verdict, "verdict"),
          Objects.requireNonNull(verdictEvidence, "verdictEvidence"));
    }
  }
}
