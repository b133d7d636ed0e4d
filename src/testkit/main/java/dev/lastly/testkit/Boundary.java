package dev.lastly.testkit;

import com.sun.jdi.Method;
import com.sun.jdi.ReferenceType;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A method before which a crash test kills: at its entry, just before it changes the world or the
 * database.
 *
 * @param type the class that declares it
 * @param method its name
 * @param signature its descriptor; null for all methods of that name
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

  /** A boundary at a method of the JDK that changes the world. */
  static Boundary world(
      String type, String method, @Nullable String signature, Describer describer) {
    return new Boundary(type, method, signature, false, describer);
  }

  /** A boundary at a method that the user named. */
  static Boundary chosen(String type, String method) {
    String simple = type.substring(type.lastIndexOf('.') + 1);
    return new Boundary(type, method, null, false, call -> "calling " + simple + "." + method);
  }

  /**
   * The methods of a loaded class to stop at.
   *
   * @throws IllegalStateException if there is none: if a JDK renames a method, its crash points
   *     would silently be missing
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
              "%s has no method %s%s with a body in the worker's Java %s, so crash points would be"
                  + " missing. If you named this method in alsoBefore, name one that has a body;"
                  + " otherwise run the worker on a JDK that this version of Lastly knows"
                  + " (javaHome)",
              type,
              method,
              signature == null ? "" : signature,
              loaded.virtualMachine().version()));
    }
    return found;
  }
}
