package dev.lastly.model;

import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which methods a row may call in this process. Immutable.
 *
 * <p>The default, {@link #privateDirectory()}, allows any method, but only in a state directory
 * that belongs to this user and that no other user can write: a user who can write the database
 * could run the same code anyway. For any other directory an {@link #allowList()} is required.
 * {@code sshd} has the same rule for its key files (StrictModes in sshd_config(5)).
 */
public final class FunctionPolicy {
  private static final FunctionPolicy PRIVATE_DIRECTORY = new FunctionPolicy(null);

  private final @Nullable Set<String> allowed;

  private FunctionPolicy(@Nullable Set<String> allowed) {
    this.allowed = allowed;
  }

  /**
   * Allows any method, in a private state directory only.
   *
   * @return always the same instance
   */
  public static FunctionPolicy privateDirectory() {
    return PRIVATE_DIRECTORY;
  }

  /**
   * Starts a list of allowed methods; the policy refuses all others.
   *
   * @return a new builder, for one thread
   */
  public static Builder allowList() {
    return new Builder();
  }

  /**
   * The entries of an allow-list: {@code package.Class}, {@code package.Class#method}, {@code
   * package.*}.
   *
   * @return an immutable set; empty if this is no allow-list
   */
  public Set<String> allowed() {
    return allowed == null ? Set.of() : allowed;
  }

  /**
   * Whether this policy requires a state directory that no other user can write.
   *
   * @return false for an allow-list
   */
  public boolean requiresPrivateDirectory() {
    return allowed == null;
  }

  /**
   * Whether a row may call the method.
   *
   * @param function the method, after aliases and names have been resolved
   * @return true if it may
   */
  public boolean allows(FunctionReference function) {
    if (allowed == null) {
      return true;
    }
    return allowed.contains(function.withoutDescriptor())
        || allowed.contains(function.className())
        || allowed.contains(packageOf(function.className()) + ".*");
  }

  @Override
  public String toString() {
    return allowed == null ? "FunctionPolicy[private directory]" : "FunctionPolicy" + allowed;
  }

  private static String packageOf(String className) {
    return className.substring(0, Math.max(0, className.lastIndexOf('.')));
  }

  /** Collects an allow-list. For one thread. */
  public static final class Builder {
    private final Set<String> allowed = new LinkedHashSet<>();

    private Builder() {}

    /**
     * Allows every method, constructor and lambda of a class; not of its nested classes.
     *
     * @param type the class
     * @return this builder
     */
    public Builder allowClass(Class<?> type) {
      allowed.add(type.getName());
      return this;
    }

    /**
     * Allows the methods of one name in a class.
     *
     * @param type the class that declares the methods
     * @param methodName their name, or {@code <init>} for its constructors
     * @return this builder
     * @throws IllegalArgumentException if the class declares no such method: a mistyped allow-list
     *     would otherwise refuse functions without a notice
     */
    public Builder allowMethod(Class<?> type, String methodName) {
      if (!declares(type, methodName)) {
        throw new IllegalArgumentException(
            type.getName() + " declares no method called '" + methodName + "'");
      }
      allowed.add(type.getName() + "#" + methodName);
      return this;
    }

    /**
     * Allows every class directly in a package; not in the packages below it.
     *
     * @param packageName for example {@code com.acme.cleanup}
     * @return this builder
     * @throws IllegalArgumentException if the name is empty or ends in a dot or star
     */
    public Builder allowPackage(String packageName) {
      Objects.requireNonNull(packageName, "packageName");
      if (packageName.isEmpty() || packageName.endsWith(".") || packageName.endsWith("*")) {
        throw new IllegalArgumentException(
            "expected a plain package name such as com.acme.cleanup; got '" + packageName + "'");
      }
      allowed.add(packageName + ".*");
      return this;
    }

    /**
     * Makes the policy.
     *
     * @return an immutable allow-list
     * @throws IllegalArgumentException if nothing is allowed
     */
    public FunctionPolicy build() {
      if (allowed.isEmpty()) {
        throw new IllegalArgumentException(
            "an empty allow-list would refuse every function; allow a class, method or"
                + " package");
      }
      return new FunctionPolicy(Set.copyOf(allowed));
    }

    private static boolean declares(Class<?> type, String methodName) {
      if (methodName.equals("<init>")) {
        return type.getDeclaredConstructors().length > 0;
      }
      for (var method : type.getDeclaredMethods()) {
        if (method.getName().equals(methodName)) {
          return true;
        }
      }
      return false;
    }
  }
}
