package dev.lastly.testkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Keeps what a failed test leaves for a time, so that a person can look at it: what was registered
 * with the job of the test, or of the class, see {@link CleanUpExtension}. On a method it holds for
 * the job of this test; on a class for the jobs of its tests, of the class and of its nested
 * classes. The nearest annotation counts, and before {@link
 * CleanUpExtension#KEEP_ON_FAILURE_PROPERTY_NAME}.
 *
 * <p>The job of a class has failed if one of its tests has; a JVM that dies has failed, too.
 * Aborted tests have not failed. Processes of {@code job.start} are not kept.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface KeepOnFailure {
  /**
   * How long, from the end of the job or the death of the JVM.
   *
   * @return a duration of ISO 8601, such as {@code PT2H}; {@code PT0S} to keep nothing; empty for
   *     {@link dev.lastly.JobContext#DEFAULT_KEEP}, a day
   */
  String value() default "";
}
