package dev.lastly.internal.codec;

import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.UnresolvableFunctionException;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks aliases and named functions when the manager opens. A wrong one found later would only
 * make rows wait, and no person would notice.
 */
final class Bridges {
  private static final String ANY_DESCRIPTOR = "()V"; // policies look only at class and method

  private final FunctionPolicy policy;
  private final ClassLoader loader;

  Bridges(FunctionPolicy policy, ClassLoader loader) {
    this.policy = policy;
    this.loader = loader;
  }

  /** Throws {@link IllegalArgumentException} if an alias can never take effect. */
  void requireAliases(Map<String, String> aliases) {
    aliases.forEach(
        (from, to) -> {
          String problem = problem(aliases, from, to);
          if (problem != null) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "the alias from '%s' to '%s' can never take effect: %s",
                    from,
                    to,
                    problem));
          }
        });
  }

  private @Nullable String problem(Map<String, String> aliases, String from, String to) {
    if (from.equals(to)) {
      return "it names the same method twice";
    }
    if (aliases.containsKey(to)) {
      return String.format(
          Locale.ROOT,
          "'%s' is the old name of another alias, and Lastly follows only one; name the method that"
              + " '%s' leads to",
          to,
          to);
    }
    if (methodOf(from).indexOf('$') >= 0) {
      return "a compiler made the old name, so its rows run only in the class file that they were"
          + " registered with; keep a worker with the old release until they are done";
    }
    if (!policy.allows(new FunctionReference(classOf(to), methodOf(to), ANY_DESCRIPTOR))) {
      return "the policy does not allow " + to;
    }
    try {
      return problem(Class.forName(classOf(to), false, loader), methodOf(to));
    } catch (ClassNotFoundException e) {
      return "there is no class " + classOf(to) + " on the class path of this process";
    } catch (LinkageError | RuntimeException e) {
      return String.format(
          Locale.ROOT, "the class %s cannot be used: %s", classOf(to), ForeignExceptions.text(e));
    }
  }

  private static String classOf(String method) {
    return method.substring(0, method.indexOf('#'));
  }

  private static String methodOf(String method) {
    return method.substring(method.indexOf('#') + 1);
  }

  /**
   * Why no overload can be called; null if one can. It is not known here which overload a row
   * needs.
   */
  private static @Nullable String problem(Class<?> owner, String method) {
    List<Executable> members = Members.named(owner, method);
    if (members.isEmpty()) {
      return String.format(
          Locale.ROOT,
          "class %s has no %s",
          owner.getName(),
          method.equals(Members.CONSTRUCTOR) ? "constructor" : "method called '" + method + "'");
    }
    List<String> problems = new ArrayList<>();
    for (Executable member : members) {
      String problem = problem(owner, member);
      if (problem == null) {
        return null;
      }
      problems.add(problem);
    }
    return String.join("; ", problems);
  }

  private static @Nullable String problem(Class<?> owner, Executable member) {
    if (CompilerNames.needsDigest(owner, member)) {
      return "a compiler made the name of "
          + member
          + ", so it has a meaning in one class file only";
    }
    String unfinished = Unfinished.reason(member);
    if (unfinished != null) {
      return String.format(Locale.ROOT, "%s must not be deferred: %s", member, unfinished);
    }
    try {
      Target unused = Target.of(owner, member);
      return null;
    } catch (UnresolvableFunctionException e) {
      return e.getMessage();
    } catch (LinkageError | RuntimeException e) { // of the types of its parameters
      return String.format(
          Locale.ROOT, "%s cannot be called: %s", member, ForeignExceptions.text(e));
    }
  }

  /**
   * Throws {@link IllegalArgumentException} if a class has no named function, or one that cannot be
   * called. A class may have functions that the policy forbids, if it allows another one.
   */
  void requireNamed(Set<Class<?>> types, Map<String, Executable> index) {
    for (Class<?> type : types) {
      requireOne(type, index.values());
    }
    index.forEach(
        (name, member) -> {
          String problem = problem(member.getDeclaringClass(), member);
          if (problem != null) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT, "the named function '%s' could not be run: %s", name, problem));
          }
        });
  }

  private void requireOne(Class<?> type, Collection<Executable> named) {
    List<Executable> own = named.stream().filter(m -> m.getDeclaringClass() == type).toList();
    if (own.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "namedFunctions was given %s, which declares no method or constructor with @Named;"
                  + " annotate one, or leave the class out",
              type.getName()));
    }
    if (own.stream().noneMatch(member -> policy.allows(reference(member)))) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "namedFunctions was given %s, and the policy allows none of its named functions: %s",
              type.getName(),
              own));
    }
  }

  private static FunctionReference reference(Executable member) {
    String method = member instanceof Method ? member.getName() : Members.CONSTRUCTOR;
    return new FunctionReference(member.getDeclaringClass().getName(), method, ANY_DESCRIPTOR);
  }
}
