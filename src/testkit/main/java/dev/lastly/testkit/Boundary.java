package dev.lastly.testkit;

import com.sun.jdi.Method;
import com.sun.jdi.ReferenceType;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A method whose entry is a moment to be killed at: just before the world or the database changes.
 *
 * @param type the class that declares it
 * @param method its name
 * @param signature its descriptor; null for every one of that name
 * @param ofLastly whether it is one of Lastly's own commits
 * @param describer says what it is about to do
 */
record Boundary(
    String type, String method, @Nullable String signature, boolean ofLastly, Describer describer) {

  /** Says what a call is about to do, in words that follow "before". */
  @FunctionalInterface
  interface Describer {
    /** The words; null if this very call changes nothing. */
    @Nullable String describe(Mirror call);
  }

  /** A change of the world, by the JDK. */
  static Boundary world(
      String type, String method, @Nullable String signature, Describer describer) {
    return new Boundary(type, method, signature, false, describer);
  }

  /** A method of the user's choice. */
  static Boundary chosen(String type, String method) {
    String simple = type.substring(type.lastIndexOf('.') + 1);
    return new Boundary(type, method, null, false, call -> "calling " + simple + "." + method);
  }

  /**
   * The methods to stop at.
   *
   * @throws IllegalStateException if there is none: a renamed method must not go unnoticed, because
   *     crash points would silently be missing
   */
  List<Method> methods(ReferenceType loaded) {
    List<Method> found =
        loaded.methodsByName(method).stream()
            .filter(m -> m.declaringType().equals(loaded) && !m.isNative() && !m.isAbstract())
            .filter(m -> !m.isBridge() && (signature == null || signature.equals(m.signature())))
            .toList();
    if (found.isEmpty()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "%s has no method %s%s with a body in the Java %s of the worker, so crash points"
                  + " would be missing. If you named the method, name one that has a body; else"
                  + " this JDK is too new for this version of Lastly",
              type,
              method,
              signature == null ? "" : signature,
              loaded.virtualMachine().version()));
    }
    return found;
  }
}
