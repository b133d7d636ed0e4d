package dev.lastly;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.FunctionRefusedException;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A function with its arguments, encoded as a row holds it. Immutable and thread-safe.
 *
 * <p>Creating one checks everything that is needed to run it later: it writes the arguments as
 * JSON, reads them back and compares. The function runs with the arguments as they were at that
 * moment; later changes of them have no effect.
 *
 * <p>A function that needs more than four arguments, or arguments with names, takes a record.
 */
public final class DeferredFunction {
  private final Codec.CapturedCall registration;

  private DeferredFunction(Codec.CapturedCall registration) {
    this.registration = registration;
  }

  // Each overload has its own names of type parameters, see Deferrer.

  /**
   * Checks and keeps a call without arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static DeferredFunction create(Action.Of0 function) {
    return checked(function, List.of());
  }

  /**
   * Checks and keeps a call with one argument.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param <A> the type of the first argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <A extends @Nullable Object> DeferredFunction create(Action.Of1<A> function, A a) {
    return checked(function, Collections.singletonList(a));
  }

  /**
   * Checks and keeps a call with two arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param <A2> the type of the first argument
   * @param <B2> the type of the second argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <A2 extends @Nullable Object, B2 extends @Nullable Object> DeferredFunction create(
      Action.Of2<A2, B2> function, A2 a, B2 b) {
    return checked(function, Arrays.asList(a, b));
  }

  /**
   * Checks and keeps a call with three arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param <A3> the type of the first argument
   * @param <B3> the type of the second argument
   * @param <C3> the type of the third argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <
          A3 extends @Nullable Object, B3 extends @Nullable Object, C3 extends @Nullable Object>
      DeferredFunction create(Action.Of3<A3, B3, C3> function, A3 a, B3 b, C3 c) {
    return checked(function, Arrays.asList(a, b, c));
  }

  /**
   * Checks and keeps a call with four arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param d the fourth argument
   * @param <A4> the type of the first argument
   * @param <B4> the type of the second argument
   * @param <C4> the type of the third argument
   * @param <D4> the type of the fourth argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <
          A4 extends @Nullable Object,
          B4 extends @Nullable Object,
          C4 extends @Nullable Object,
          D4 extends @Nullable Object>
      DeferredFunction create(Action.Of4<A4, B4, C4, D4> function, A4 a, B4 b, C4 c, D4 d) {
    return checked(function, Arrays.asList(a, b, c, d));
  }

  /**
   * Checks and keeps a call of a method given by its name. Use it where no method reference can be
   * stored: for a function of a language whose compiler makes up names, or for a method whose name
   * comes from a file. The call passes the same checks as a method reference, and runs the same
   * way.
   *
   * <p>The class must declare or inherit the method. Exactly one method of that name must take
   * these arguments; no overload has precedence over another. A method with variable arguments
   * takes them as one array: {@code of(Type.class, "method", (Object) array)}.
   *
   * @param type the class that has the method
   * @param method the name of a static method, or of an instance method, whose receiver is then the
   *     first argument; {@code "new"} for a constructor
   * @param arguments the arguments; {@code (Object) null} for a single one that is null
   * @return the deferred function
   * @throws FunctionRefusedException if no method or several methods take the arguments (the
   *     message lists them), or if no process could run the call later
   */
  public static DeferredFunction of(Class<?> type, String method, @Nullable Object... arguments) {
    Objects.requireNonNull(
        arguments,
        "the array of arguments is null; pass (Object) null for a single argument that is null");
    return new DeferredFunction(Codec.register(type, method, Arrays.asList(arguments)));
  }

  /**
   * Runs the function now, in the calling thread, with newly decoded arguments. Writes nothing to
   * any database.
   *
   * @return the function's value; null if it has none
   * @throws Exception what the function throws; a throwable that is neither an exception nor an
   *     error is the cause of an {@link InvocationTargetException}
   */
  public @Nullable Object invoke() throws Exception {
    try {
      return bind().call();
    } catch (Exception | Error e) { // as a direct call of the function would throw it
      throw e;
    } catch (Throwable e) { // a function may declare Throwable; this method does not
      throw new InvocationTargetException(e);
    }
  }

  /**
   * The function's name for people: the value of {@link dev.lastly.model.Named}, or a text like
   * {@code Cleanup::deleteTree}, {@code TreeMap::new}, {@code Outer.Nested::method}, and {@code
   * Outer::lambda} for a lambda.
   *
   * @return the name
   */
  public String name() {
    return encoded().name();
  }

  /**
   * The arguments as the function would get them: a receiver first, then captured values, then the
   * arguments of the call. Each call of this method decodes new objects.
   *
   * @return an unmodifiable list, which may hold nulls
   */
  public List<@Nullable Object> arguments() {
    return bind().arguments();
  }

  /**
   * The origin of the code.
   *
   * @return the jar or directory, {@code #} and the start of a digest, or {@code
   *     changed-since-start} if the file has changed since the class was loaded; {@code unknown} if
   *     the class has no known origin
   */
  public String module() {
    return encoded().module();
  }

  /**
   * The method that is called.
   *
   * @return class, method and descriptor
   */
  public FunctionReference function() {
    return encoded().function();
  }

  /** The name without the arguments, which may be long or secret. */
  @Override
  public String toString() {
    return "DeferredFunction(" + name() + ", ...)";
  }

  EncodedCall encoded() {
    return registration.call();
  }

  private Codec.Invocation bind() {
    return registration.function().bind(encoded().arguments());
  }

  private static DeferredFunction checked(
      Action function, List<? extends @Nullable Object> arguments) {
    return new DeferredFunction(Codec.register(function, arguments));
  }
}
