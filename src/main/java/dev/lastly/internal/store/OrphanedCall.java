package dev.lastly.internal.store;

import dev.lastly.model.EncodedCall;
import org.jspecify.annotations.Nullable;

/**
 * What an orphan calls, for a process that looks whether it could before it claims it.
 *
 * @param id the function's row
 * @param jobId its job
 * @param code which code it calls
 * @param arguments JSON text, not yet decoded
 * @param checksum of what was registered; null if the row has none
 * @param reported why some process could not run this row, if one has said so
 */
public record OrphanedCall(
    long id,
    long jobId,
    CalledCode code,
    String arguments,
    @Nullable Long checksum,
    @Nullable String reported) {
  /** Whether the row does not say what was registered, which is so in every process. */
  public boolean isDamaged() {
    return checksum != null
        && checksum
            != EncodedCall.checksum(code.name(), code.function(), code.classDigest(), arguments);
  }
}
