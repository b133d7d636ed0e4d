package dev.lastly.model;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names a method that checks a function's arguments, so that wrong ones are refused when the
 * function is deferred, and not after its job has ended.
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
 * <p>The precondition is a static method of the same class, of any visibility, that takes the
 * function's parameters (the receiver first, if the function is an instance method) and returns
 * nothing. It must not change anything. Lastly calls it with decoded arguments, in any thread:
 *
 * <ul>
 *   <li>in {@code defer} and {@code create}, which refuse the function if the precondition throws,
 *       because the function could never run
 *   <li>before a process claims the function from a dead owner, and before each attempt. If the
 *       precondition throws {@link UnresolvableFunctionException}, this process cannot run the
 *       function: the function waits for another process, and no attempt is used up. {@code defer}
 *       accepts a function in such a process.
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
