/**
 * Encodes a call into the texts of a row, and decodes it again. The front is {@link
 * dev.lastly.internal.codec.Codec}.
 *
 * <h2>Registering</h2>
 *
 * <p>{@code Capture} reads the method behind a lambda or method reference from its serialized form,
 * without serializing its arguments; {@code ByName} finds one by class and name. {@code Encoder}
 * writes the arguments as a JSON array of the <i>declared</i> parameter types. It decodes the array
 * again and compares ({@code RoundTrip}): a call that no process could run later is refused now.
 * The JSON holds no type names, and Java deserialization is never used, so a row cannot choose a
 * class to instantiate. {@code PlainArguments} is a fast path for simple types.
 *
 * <p>Also refused: functions that return before their work is done ({@code Unfinished}), and
 * arguments that the function's own precondition rejects.
 *
 * <h2>Names that a compiler made</h2>
 *
 * <p>The name of a lambda's method changes with the next compilation. Rows with such a name hold a
 * digest of the class file, and run only in a process that has loaded the same file ({@code
 * CompilerNames}, {@code ClassFile}). The file counts only if it has not changed since the JVM
 * started ({@code JvmStart}, {@code SameFile}); otherwise it need not be the code that runs.
 *
 * <h2>Resolving</h2>
 *
 * <p>{@code Resolver} applies stable names and aliases, then asks the policy, and only then loads
 * the class. A missing class, another digest or a forbidden method is {@code
 * UnresolvableFunctionException}: the row waits for another process. Arguments that do not fit the
 * parameters are {@code ArgumentsException}: the same in every process, so the row is quarantined.
 */
@NullMarked
package dev.lastly.internal.codec;

import org.jspecify.annotations.NullMarked;
