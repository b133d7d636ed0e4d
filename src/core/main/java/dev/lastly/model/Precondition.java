package dev.lastly.model;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the method that says what a function would refuse, so that it is refused when it is
 * deferred and not when its job is long over.
 *
 * <pre>{@code
 * @Precondition("requireAbsolute")
 * public static void remove(Path file) throws IOException { … }
 *
 * private static void requireAbsolute(Path file) {
 *   if (!file.isAbsolute()) {
 *     throw new IllegalArgumentException("remove takes absolute paths; got '" + file + "'");
 *   }
 * }
 * }</pre>
 *
 * <p>The precondition is a static method of the same class, of any visibility, that takes what the
 * function takes (the receiver first, if the function is an instance method) and returns nothing.
 * It looks and changes nothing. It is called with decoded arguments, in any thread:
 *
 * <ul>
 *   <li>by {@code defer} and {@code create}, which refuse the function if it throws: the function
 *       could never run
 *   <li>by a process that is about to claim the function from a dead owner, and before each
 *       attempt. If it throws {@link UnresolvableFunctionException}, the function cannot run in
 *       this process: it waits for another one, and no attempt is used up. A function that is
 *       deferred in such a process is accepted.
 * </ul>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR})
public @interface Precondition {
  /**
   * The name of the method.
   *
   * @return a method of the class that declares the function
   */
  String value();
}
