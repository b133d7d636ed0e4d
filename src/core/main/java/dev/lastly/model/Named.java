package dev.lastly.model;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Gives a method or constructor a name that outlives a rename: rows that were registered under the
 * name are run by whichever method carries it now, if its class has been given to the manager with
 * {@code Settings.Builder.namedFunctions}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR})
public @interface Named {
  /**
   * The stable name: 1 to 100 letters, digits, dots, underscores and hyphens.
   *
   * @return the name
   */
  String value();
}
