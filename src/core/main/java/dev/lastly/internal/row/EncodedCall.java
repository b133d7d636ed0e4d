package dev.lastly.internal.row;

import dev.lastly.model.FunctionReference;
import dev.lastly.model.Named;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call as a row holds it: the code and its arguments. Immutable.
 *
 * @param name the function's name for people, or the value of {@link Named}
 * @param function the reference to the code
 * @param classDigest SHA-256 of the class, in hex, if a compiler made the name of the method or the
 *     class (a lambda's body, an anonymous class), which has its meaning only in that class file;
 *     null for a named method
 * @param module where the code came from: jar or directory, then {@code #} and a digest
 * @param arguments JSON array with one element for each argument, the receiver of an instance
 *     method first
 */
public record EncodedCall(
    String name,
    FunctionReference function,
    @Nullable String classDigest,
    String module,
    String arguments) {
  /** The limit on the length of {@link #arguments} in UTF-16 units: 1 Mi. */
  public static final int MAX_ARGUMENTS_LENGTH = 1 << 20;

  /**
   * Checks that no required part is missing.
   *
   * @param name see the record
   * @param function see the record
   * @param classDigest see the record
   * @param module see the record
   * @param arguments see the record
   * @throws NullPointerException if a part other than {@code classDigest} is null
   */
  public EncodedCall {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(function, "function");
    Objects.requireNonNull(module, "module");
    Objects.requireNonNull(arguments, "arguments");
  }

  /**
   * The checksum of a row's texts.
   *
   * @param name see the record
   * @param function the text of the reference
   * @param classDigest see the record
   * @param arguments see the record
   * @param options see {@link Registration}
   * @return CRC-32C of the first four, and of the options if there are any
   */
  public static long checksum(
      String name,
      String function,
      @Nullable String classDigest,
      String arguments,
      @Nullable String options) {
    return CallChecksum.of(name, function, classDigest, arguments, options);
  }
}
