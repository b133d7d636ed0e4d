package dev.lastly.internal.codec;

import dev.lastly.model.FunctionRefusedException;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the method for a name and arguments, as a method reference of the class would. It does not
 * repeat a compiler's choice among overloads: it refuses a call that fits several methods, because
 * a row must not depend on a choice that its author does not see. Stateless.
 */
final class ByName {
  private static final String NEW = "new";

  private ByName() {}

  /** Throws {@link FunctionRefusedException} unless exactly one method takes the arguments. */
  static Capture find(Class<?> type, String method, List<? extends @Nullable Object> arguments) {
    List<Executable> candidates = candidates(type, method);
    if (candidates.isEmpty()) {
      throw new FunctionRefusedException(
          String.format(
                  Locale.ROOT,
                  "class %s has no %s",
                  type.getName(),
                  method.equals(NEW)
                      ? "constructor"
                      : "method called '" + method + "', of its own or inherited")
              + OtherLanguages.adviceOnMethod(type, method, candidates));
    }
    List<Executable> fitting =
        candidates.stream().filter(member -> takes(type, member, arguments)).toList();
    if (fitting.size() != 1) {
      throw refused(type, method, arguments, candidates, fitting);
    }
    Executable found = fitting.get(0);
    return new Capture(
        found.getDeclaringClass(),
        found instanceof Method ? found.getName() : Members.CONSTRUCTOR,
        Members.descriptor(found),
        Members.isInstanceMethod(found),
        Collections.unmodifiableList(new ArrayList<>(arguments)));
  }

  /**
   * The methods of this name that the class has or inherits, without those that are overridden or
   * hidden.
   */
  private static List<Executable> candidates(Class<?> type, String method) {
    List<Executable> candidates = new ArrayList<>();
    Set<List<Class<?>>> seen = new HashSet<>();
    // The nearest class comes first, so a later method with the same parameters is overridden or
    // hidden.
    for (Executable member :
        Members.named(type, method.equals(NEW) ? Members.CONSTRUCTOR : method)) {
      boolean isNew = isMember(type, member) && seen.add(List.of(member.getParameterTypes()));
      // A bridge hides the method that it overrides, and delegates to another candidate.
      if (isNew && !(member instanceof Method bridge && bridge.isBridge())) {
        candidates.add(member);
      }
    }
    return candidates;
  }

  /**
   * Whether the class has or inherits the member. Private methods and static methods of interfaces
   * are not inherited.
   */
  private static boolean isMember(Class<?> type, Executable member) {
    Class<?> declaring = member.getDeclaringClass();
    int modifiers = member.getModifiers();
    if (declaring == type) {
      return true;
    }
    if (Modifier.isPrivate(modifiers)
        || (declaring.isInterface() && Modifier.isStatic(modifiers))) {
      return false;
    }
    return Modifier.isPublic(modifiers)
        || Modifier.isProtected(modifiers)
        || declaring.getPackage() == type.getPackage();
  }

  private static boolean takes(
      Class<?> type, Executable member, List<? extends @Nullable Object> arguments) {
    List<Class<?>> parameters = new ArrayList<>();
    if (Members.isInstanceMethod(member)) {
      parameters.add(type);
    }
    Collections.addAll(parameters, member.getParameterTypes());
    if (parameters.size() != arguments.size()) {
      return false;
    }
    for (int i = 0; i < parameters.size(); i++) {
      if (!Conversion.isPossible(parameters.get(i), arguments.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static FunctionRefusedException refused(
      Class<?> type,
      String method,
      List<? extends @Nullable Object> arguments,
      List<Executable> candidates,
      List<Executable> fitting) {
    String given = arguments.stream().map(ByName::typeOf).collect(Collectors.joining(", "));
    String why =
        fitting.isEmpty()
            ? "no %s of class %s takes (%s); found: %s; an instance method takes its receiver"
                + " first, and variable arguments are one array"
            : "more than one %s of class %s takes (%s): %s; defer a method of your own that calls"
                + " the one you mean";
    return new FunctionRefusedException(
        String.format(
                Locale.ROOT,
                why,
                method.equals(NEW) ? "constructor" : "method '" + method + "'",
                type.getName(),
                given,
                (fitting.isEmpty() ? candidates : fitting)
                    .stream().map(Executable::toString).collect(Collectors.joining("; ")))
            + (fitting.isEmpty() ? OtherLanguages.adviceOnMethod(type, method, candidates) : ""));
  }

  private static String typeOf(@Nullable Object argument) {
    return argument == null ? "null" : argument.getClass().getTypeName();
  }
}
