package dev.lastly.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An owner as its row shows it, and what can be seen of its process now.
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
 * @param closedAt when it ended, or was found to have ended; null while it is open
 * @param endReason {@code closed}, {@code shutdown}, {@code died} or {@code forced}; null likewise
 * @param endedBy the owner that found it dead, or null
 * @param evidence what proved its death, or null
 * @param doubt why nobody could tell whether it lives, when last looked at, or null
 * @param verdict what can be seen now; {@link Verdict#DEAD} if it has ended
 * @param verdictEvidence what says so, in words
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
    String verdictEvidence) {}
