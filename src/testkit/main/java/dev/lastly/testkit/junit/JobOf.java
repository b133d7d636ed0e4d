package dev.lastly.testkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says whose job a parameter of {@link CleanUpExtension} is, and so when the clean-up runs that is
 * registered through it, where the place of the parameter does not say it.
 *
 * <pre>{@code
 * @BeforeAll
 * static void start(@JobOf(JobOf.Scope.SESSION) JobContext job) { … }
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface JobOf {
  /**
   * What the job belongs to.
   *
   * @return at the end of which the clean-up runs
   */
  Scope value();

  /** What a job of {@link CleanUpExtension} belongs to. */
  enum Scope {
    /**
     * One test, or one invocation of a parameterized or repeated test. The job ends after the
     * {@code @AfterEach} methods. The scope of parameters of test methods, and of
     * {@code @BeforeEach} and {@code @AfterEach} methods, unless {@link JobOf} says another one.
     */
    TEST,

    /**
     * One test class. The job ends after the {@code @AfterAll} methods. A nested class has a job of
     * its own. The scope of parameters of {@code @BeforeAll} and {@code @AfterAll} methods and of
     * constructors, unless {@link JobOf} says another one.
     */
    CLASS,

    /**
     * All tests that this JVM runs: the launcher's session. With JUnit before 5.13 it is one
     * execution of the launcher, and Maven Surefire makes one for each class if it has several
     * forks.
     */
    SESSION
  }
}
