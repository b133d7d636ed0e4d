package dev.lastly.model;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Gives a method or constructor a stable name. A row that was registered under the name calls the
 * method that has the name now, even after a rename, if the settings of the manager list its class
 * in {@code Settings.Builder.namedFunctions}.
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
