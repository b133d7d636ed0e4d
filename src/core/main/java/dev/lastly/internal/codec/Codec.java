package dev.lastly.internal.codec;

import dev.lastly.internal.posix.NativeText;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.Settings;
import dev.lastly.model.UnresolvableFunctionException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Encodes calls into the texts of a row, and resolves the texts of a row into code. Thread-safe.
 */
public final class Codec {
  /**
   * The limit on cached functions. Their names come from rows, which must not be able to fill the
   * heap.
   */
  private static final int MAX_CACHED = 4096;

  /** A JSON escape of a character beyond ASCII: U+0080 and above. */
  private static final Pattern NON_ASCII_ESCAPE =
      Pattern.compile("\\\\u(?!00[0-7])", Pattern.CASE_INSENSITIVE);

  private final Resolver resolver;
  private final Map<Key, ResolvedFunction> resolved = new ConcurrentHashMap<>();

  private Codec(Resolver resolver) {
    this.resolver = resolver;
  }

  /**
   * Creates a codec with the class loader, policy, aliases and named functions of the settings.
   *
   * @throws IllegalArgumentException if an alias leads to code that cannot be called, a class of
   *     named functions has none, two of them have the same name, or one has an ill-formed name
   */
  public static Codec create(Settings settings) {
    CodeOrigin.rememberClassPath();
    return new Codec(Resolver.create(settings));
  }

  /**
   * Captures and encodes a call. Then decodes it and compares, unless the types guarantee the
   * result.
   *
   * @throws FunctionRefusedException if no process could run the call later
   */
  public static EncodedCall encode(Action action, List<? extends @Nullable Object> arguments) {
    return register(action, arguments).call();
  }

  /**
   * Like {@link #encode}, and keeps the captured code, so that the caller can bind the call without
   * resolving its class by name.
   *
   * @throws FunctionRefusedException if no process could run the call later
   */
  public static CapturedCall register(Action action, List<? extends @Nullable Object> arguments) {
    return Encoder.encode(Capture.of(action, arguments));
  }

  /**
   * Like {@link #register(Action, List)}, for a method given by name: a static method, an instance
   * method whose receiver is the first argument, or {@code new} for a constructor.
   *
   * @throws FunctionRefusedException if no method or several methods take the arguments, or no
   *     process could run the call later
   */
  public static CapturedCall register(
      Class<?> type, String method, List<? extends @Nullable Object> arguments) {
    return Encoder.encode(ByName.find(type, method, arguments));
  }

  /**
   * Finds the code that a row calls.
   *
   * @throws UnresolvableFunctionException if the class or method does not exist in this process,
   *     the class differs from the digest, or the policy does not allow it
   */
  public ResolvedFunction resolve(
      FunctionReference function, @Nullable String classDigest, String name) {
    Key key = new Key(function, classDigest, name);
    ResolvedFunction known = resolved.get(key);
    return known != null ? known : find(key, function);
  }

  /**
   * Like {@link #resolve(FunctionReference, String, String)}, for the text of a row. Parses each
   * text once: many rows call few functions.
   *
   * @throws IllegalArgumentException if the text is not a reference, see {@link
   *     FunctionReference#parse}
   * @throws UnresolvableFunctionException if the class or method does not exist in this process,
   *     the class differs from the digest, or the policy does not allow it
   */
  public ResolvedFunction resolve(String function, @Nullable String classDigest, String name) {
    Key key = new Key(function, classDigest, name);
    ResolvedFunction known = resolved.get(key);
    return known != null ? known : find(key, FunctionReference.parse(function));
  }

  /** The cached result for the text of a row; null if there is none. Runs only Lastly's code. */
  public @Nullable ResolvedFunction known(
      String function, @Nullable String classDigest, String name) {
    return resolved.get(new Key(function, classDigest, name));
  }

  private ResolvedFunction find(Key key, FunctionReference function) {
    // A failure is not cached: the class may be deployed in the next minute.
    ResolvedFunction found = resolver.resolve(function, key.classDigest(), key.name());
    if (resolved.size() < MAX_CACHED) {
      resolved.put(key, found);
    }
    return found;
  }

  /**
   * Checks that this codec could run the call later.
   *
   * @throws FunctionRefusedException if it could not: the code does not resolve, or the function
   *     refuses its arguments
   */
  public void requireRunnable(EncodedCall call) {
    try {
      ResolvedFunction found = resolve(call.function(), call.classDigest(), call.name());
      if (!found.reference().equals(call.function())) {
        // An alias or a stable name can lead to other parameters than those that were checked.
        requireNotRefused(call.name(), found.bind(call.arguments()));
      }
    } catch (UnresolvableFunctionException | ArgumentsException e) {
      throw new FunctionRefusedException(
          String.format(Locale.ROOT, "%s could not be run later: %s", call.name(), e.getMessage()),
          e);
    }
  }

  /**
   * Checks that the function's precondition does not refuse these arguments in every process.
   *
   * @throws FunctionRefusedException if it does
   */
  static void requireNotRefused(String name, Invocation call) {
    try {
      call.requirePossible();
    } catch (UnresolvableFunctionException e) {
      return; // only this process cannot run it now: the function waits for one that can
    } catch (Throwable e) { // a user's precondition may throw anything
      ForeignExceptions.rethrowIfFatal(e);
      throw new FunctionRefusedException(
          name + " refused its arguments: " + ForeignExceptions.text(e), e);
    }
  }

  /**
   * Checks that the locale of this process can spell the arguments of a row, which another process
   * may have registered: any text may be a path, or part of one.
   *
   * @param argumentsJson the column's text
   * @throws UnresolvableFunctionException if it has characters that this process's locale encodes
   *     in other bytes than UTF-8, or not at all
   */
  public static void requireSpelled(String argumentsJson) {
    boolean spelled =
        NativeText.isUtf8() // encodes every text that JSON can hold
            || (NativeText.isSpelled(argumentsJson)
                && !NON_ASCII_ESCAPE.matcher(argumentsJson).find());
    if (!spelled) {
      throw new UnresolvableFunctionException(
          "its arguments have characters beyond ASCII, and " + NativeText.advice());
    }
  }

  /**
   * Why the value that a function returned shows that its work is not done: for example, a future,
   * although the declared return type is {@code Object}.
   *
   * @return a sentence; null if the value is no such sign
   */
  public static @Nullable String whyUnfinished(@Nullable Object value) {
    return Unfinished.reasonOf(value);
  }

  /** Code that this process may call. Thread-safe. */
  public interface ResolvedFunction {
    /** The code to call, after names and aliases. */
    FunctionReference reference();

    /**
     * Whether {@link #bind} or the precondition runs code that is neither the JDK's nor Lastly's,
     * such as constructors of arguments. Such code may do anything, even kill the process.
     */
    boolean bindsWithUsersCode();

    /** Whether {@link Invocation#requirePossible} has a precondition or a secret to look at. */
    boolean hasPrecondition();

    /**
     * Decodes the arguments. Each call returns new objects.
     *
     * @throws ArgumentsException if the arguments do not fit the parameters
     */
    Invocation bind(String argumentsJson);
  }

  /**
   * A call with its arguments. For one thread; call it once, because its arguments may be mutable.
   */
  public interface Invocation {
    /** The decoded arguments, the receiver first, in an unmodifiable list. */
    List<@Nullable Object> arguments();

    /**
     * Checks that the decoded arguments hold all of their JSON, which another release of the
     * program may have written.
     *
     * @throws ArgumentsException if they would be encoded as other JSON
     */
    void requireUnchanged();

    /**
     * Looks up the {@link dev.lastly.model.Secret secrets} among the arguments, and asks the
     * function's {@link dev.lastly.model.Precondition}, if it has one.
     *
     * @throws UnresolvableFunctionException if this process cannot run the call
     * @throws Throwable whatever else the precondition throws, which means that every process would
     *     refuse the call
     */
    void requirePossible() throws Throwable;

    /**
     * Makes the call.
     *
     * @return the function's value, null if it has none
     * @throws Throwable exactly what the function throws
     */
    @Nullable Object call() throws Throwable;
  }

  /**
   * A call that was checked and can be stored.
   *
   * @param call the texts to store
   * @param function its code, as captured
   */
  public record CapturedCall(EncodedCall call, ResolvedFunction function) {}

  /** The key of the cache. {@code function} is a reference, or the text of one. */
  private record Key(Object function, @Nullable String classDigest, String name) {}
}
