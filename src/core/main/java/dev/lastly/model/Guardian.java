package dev.lastly.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A process of the state directory that outlives its workers, and runs what a worker leaves as soon
 * as that dies. So a single worker that is killed is cleaned up after at once, with no second
 * worker. Immutable.
 *
 * <p>A manager that wants a guardian starts one when it opens, unless the state directory has one.
 * If none can be started, opening succeeds; the log and {@link Status#guardian()} say why there is
 * none. {@code docs/guardian.md} says what else is promised, and what is not.
 */
public final class Guardian {
  private static final Guardian NONE = new Guardian(false, List.of());
  private static final Guardian SAME_CLASS_PATH = new Guardian(true, List.of());

  private final boolean wanted;
  private final List<String> jvmOptions;

  private Guardian(boolean wanted, List<String> jvmOptions) {
    this.wanted = wanted;
    this.jvmOptions = List.copyOf(jvmOptions);
  }

  /**
   * No guardian. A manager with this setting starts none, but profits from one that another manager
   * has started.
   *
   * @return always the same instance
   */
  public static Guardian none() {
    return NONE;
  }

  /**
   * A JVM with the class path of this one: also with its module path, or with the nested jars of a
   * Spring Boot executable jar. It has a small heap (24 MiB), so functions that need more must be
   * given {@link #withJvmOptions}.
   *
   * @return always the same instance
   */
  public static Guardian sameClassPath() {
    return SAME_CLASS_PATH;
  }

  /**
   * Adds options of the guardian's JVM, such as {@code -Xmx128m}. They come last, so they win over
   * those that Lastly chooses and over those taken from this JVM, which are its system properties
   * and the options of its modules, not those for memory, debugging, agents or remote management.
   *
   * @param options each as one argument of {@code java}
   * @return another guardian with these options, too
   * @throws IllegalArgumentException if an option does not begin with a hyphen
   * @throws IllegalStateException if this is {@link #none()}
   */
  public Guardian withJvmOptions(String... options) {
    if (!wanted) {
      throw new IllegalStateException("no guardian is wanted, so it has no options");
    }
    List<String> all = new ArrayList<>(jvmOptions);
    for (String option : options) {
      if (!Objects.requireNonNull(option, "option").startsWith("-")) {
        throw new IllegalArgumentException(
            "an option of the JVM begins with a hyphen, as -Xmx128m; got '" + option + "'");
      }
      all.add(option);
    }
    return new Guardian(true, all);
  }

  /** {@return whether there is to be a guardian} */
  public boolean isWanted() {
    return wanted;
  }

  /** {@return an immutable list of further options of its JVM} */
  public List<String> jvmOptions() {
    return jvmOptions;
  }

  @Override
  public String toString() {
    return wanted ? "Guardian[same class path]" + jvmOptions : "Guardian[none]";
  }
}
