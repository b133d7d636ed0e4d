package dev.lastly.internal.row;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call with what else its row says from the beginning. Immutable.
 *
 * @param call what is called
 * @param maxAttempts the attempts that the function gets before it is quarantined
 * @param options how to run it, where that differs from the settings of the process that runs it;
 *     null if it does not
 * @param runsFirst whether it runs before the other functions of its job
 */
public record Registration(
    EncodedCall call, int maxAttempts, @Nullable String options, boolean runsFirst) {
  /**
   * Checks that there is a call.
   *
   * @param call see the record
   * @param maxAttempts see the record
   * @param options see the record
   * @param runsFirst see the record
   */
  public Registration {
    Objects.requireNonNull(call, "call");
  }

  /**
   * A call without options.
   *
   * @param call see the record
   * @param maxAttempts see the record
   * @return its registration
   */
  public static Registration of(EncodedCall call, int maxAttempts) {
    return new Registration(call, maxAttempts, null, false);
  }

  /**
   * The checksum by which a process detects damage to the row.
   *
   * @return CRC-32C of name, function, class digest, arguments, and options if there are any
   */
  public long checksum() {
    return EncodedCall.checksum(
        call.name(), call.function().toString(), call.classDigest(), call.arguments(), options);
  }
}
