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

/** The front of this package. Thread-safe. */
public final class Codec {
  /** Names come from rows: whoever can write rows must not be able to fill the heap. */
  private static final int MAX_CACHED = 4096;

  /** JSON may say a character in ASCII: U+0080 and above. */
  private static final Pattern NON_ASCII_ESCAPE =
      Pattern.compile("\\\\u(?!00[0-7])", Pattern.CASE_INSENSITIVE);

  private final Resolver resolver;
  private final Map<Key, ResolvedFunction> resolved = new ConcurrentHashMap<>();

  private Codec(Resolver resolver) {
    this.resolver = resolver;
  }

  /**
   * Makes one with the class loader, policy, aliases and named functions of the settings.
   *
   * @throws IllegalArgumentException if an alias leads to nothing that could be called, a class of
   *     named functions has none, two of them have the same name, or one has an ill-formed name
   */
  public static Codec create(Settings settings) {
    CodeOrigin.rememberClassPath();
    return new Codec(Resolver.create(settings));
  }

  /**
   * Captures and encodes; decodes again and compares, unless it is certain what comes back.
   *
   * @throws FunctionRefusedException if the call could not be run later
   */
  public static EncodedCall encode(Action action, List<? extends @Nullable Object> arguments) {
    return register(action, arguments).call();
  }

  /**
   * Like {@link #encode}, and keeps hold of the code that was captured, so that the call can be
   * bound without looking up its class by name.
   *
   * @throws FunctionRefusedException if the call could not be run later
   */
  public static CapturedCall register(Action action, List<? extends @Nullable Object> arguments) {
    return Encoder.encode(Capture.of(action, arguments));
  }

  /**
   * The same for a method that is given by its name: that of a static method, of an instance method
   * whose receiver is the first argument, or {@code new}.
   *
   * @throws FunctionRefusedException if none or several take the arguments, or the call could not
   *     be run later
   */
  public static CapturedCall register(
      Class<?> type, String method, List<? extends @Nullable Object> arguments) {
    return Encoder.encode(ByName.find(type, method, arguments));
  }

  /**
   * Finds what a row may call.
   *
   * @throws UnresolvableFunctionException if the class or method is absent, differs from the
   *     digest, or is not allowed
   */
  public ResolvedFunction resolve(
      FunctionReference function, @Nullable String classDigest, String name) {
    Key key = new Key(function, classDigest, name);
    ResolvedFunction known = resolved.get(key);
    return known != null ? known : find(key, function);
  }

  /**
   * The same for the text of a row, which is parsed only if it is not known: rows are many, and the
   * functions that they call few.
   *
   * @throws IllegalArgumentException if the text is no reference, see {@link
   *     FunctionReference#parse}
   * @throws UnresolvableFunctionException as above
   */
  public ResolvedFunction resolve(String function, @Nullable String classDigest, String name) {
    Key key = new Key(function, classDigest, name);
    ResolvedFunction known = resolved.get(key);
    return known != null ? known : find(key, FunctionReference.parse(function));
  }

  /** What was found for the text of a row before; runs no code but Lastly's. Null if not known. */
  public @Nullable ResolvedFunction known(
      String function, @Nullable String classDigest, String name) {
    return resolved.get(new Key(function, classDigest, name));
  }

  private ResolvedFunction find(Key key, FunctionReference function) {
    // A failure is not remembered: the class may be deployed in the next minute.
    ResolvedFunction found = resolver.resolve(function, key.classDigest(), key.name());
    if (resolved.size() < MAX_CACHED) {
      resolved.put(key, found);
    }
    return found;
  }

  /**
   * Checks that this codec could run the call later.
   *
   * @throws FunctionRefusedException if it could not
   */
  public void requireRunnable(EncodedCall call) {
    try {
      ResolvedFunction found = resolve(call.function(), call.classDigest(), call.name());
      if (!found.reference().equals(call.function())) {
        // An alias or a name leads to parameters that the arguments were not checked against.
        requireNotRefused(call.name(), found.bind(call.arguments()));
      }
    } catch (UnresolvableFunctionException | ArgumentsException e) {
      throw new FunctionRefusedException(
          String.format(Locale.ROOT, "%s could not be run later: %s", call.name(), e.getMessage()),
          e);
    }
  }

  /**
   * Checks that the function does not refuse these arguments, wherever it runs.
   *
   * @throws FunctionRefusedException if it does
   */
  static void requireNotRefused(String name, Invocation call) {
    try {
      call.requirePossible();
    } catch (UnresolvableFunctionException e) {
      return; // not in this process, or not now: the function waits until one can run it
    } catch (Throwable e) { // a user's precondition may throw anything
      ForeignExceptions.rethrowIfFatal(e);
      throw new FunctionRefusedException(
          name + " refused its arguments: " + ForeignExceptions.text(e), e);
    }
  }

  /**
   * Checks that this process spells whatever is in the arguments of a row that another process may
   * have registered: a text can be a path, or lead to one.
   *
   * @param argumentsJson the column's text
   * @throws UnresolvableFunctionException if it has characters that the locale of this process
   *     spells in other bytes than UTF-8, or lacks
   */
  public static void requireSpelled(String argumentsJson) {
    boolean spelled =
        NativeText.isUtf8() // which spells every text that JSON can hold
            || (NativeText.isSpelled(argumentsJson)
                && !NON_ASCII_ESCAPE.matcher(argumentsJson).find());
    if (!spelled) {
      throw new UnresolvableFunctionException(
          "its arguments have characters beyond ASCII, and " + NativeText.advice());
    }
  }

  /**
   * Why a value that a function returned does not mean that its work is done: a future, say, behind
   * a return type that did not tell.
   *
   * @return a sentence; null if nothing speaks against it
   */
  public static @Nullable String whyUnfinished(@Nullable Object value) {
    return Unfinished.reasonOf(value);
  }

  /** Code that may be called. */
  public interface ResolvedFunction {
    /** What will be called, after names and aliases. */
    FunctionReference reference();

    /**
     * Whether to bind or to ask runs code that is neither the JDK's nor Lastly's, such as the
     * constructors of arguments: it may do anything, like killing the process.
     */
    boolean bindsWithUsersCode();

    /** Whether {@link Invocation#requirePossible} asks anything. */
    boolean hasPrecondition();

    /**
     * Decodes the arguments, afresh in each call.
     *
     * @throws ArgumentsException if they do not fit the parameters
     */
    Invocation bind(String argumentsJson);
  }

  /** A call that is ready to be made, once: its arguments may be mutable. */
  public interface Invocation {
    /** The decoded arguments, the receiver first, in an unmodifiable list. */
    List<@Nullable Object> arguments();

    /**
     * That the decoded arguments say what their JSON says, which another release of the program may
     * have written.
     *
     * @throws ArgumentsException if they say something else
     */
    void requireUnchanged();

    /**
     * Asks the function's {@link dev.lastly.model.Precondition}, if it has one.
     *
     * @throws UnresolvableFunctionException if it cannot run in this process
     * @throws Throwable whatever else the precondition throws: it would be refused in any process
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
   * A call that was found fit to be stored.
   *
   * @param call what is stored
   * @param function its code, as it was captured
   */
  public record CapturedCall(EncodedCall call, ResolvedFunction function) {}

  /** The function is a reference, or the text of one. */
  private record Key(Object function, @Nullable String classDigest, String name) {}
}
