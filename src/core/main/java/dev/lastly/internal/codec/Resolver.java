package dev.lastly.internal.codec;

import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.Settings;
import dev.lastly.model.UnresolvableFunctionException;
import java.lang.invoke.MethodType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the code of a row. Does not load a class that the policy forbids. Thread-safe. */
final class Resolver {
  private static final int SHORT = 12;

  private final ClassLoader loader;
  private final FunctionPolicy policy;
  private final Map<String, String> aliases;
  private final Map<String, Executable> named;

  private Resolver(
      ClassLoader loader,
      FunctionPolicy policy,
      Map<String, String> aliases,
      Map<String, Executable> named) {
    this.loader = loader;
    this.policy = policy;
    this.aliases = aliases;
    this.named = named;
  }

  /**
   * Creates a resolver. Throws {@link IllegalArgumentException} if an alias or a named function can
   * never be called.
   */
  static Resolver create(Settings settings) {
    ClassLoader loader = loader(settings);
    FunctionPolicy policy = settings.policy();
    Map<String, Executable> named = Map.of();
    Bridges bridges = new Bridges(policy, loader);
    bridges.requireAliases(settings.aliases());
    if (!settings.namedFunctions().isEmpty()) {
      named = Names.index(settings.namedFunctions());
      bridges.requireNamed(settings.namedFunctions(), named);
    }
    return new Resolver(loader, policy, settings.aliases(), named);
  }

  private static ClassLoader loader(Settings settings) {
    ClassLoader given = settings.classLoader();
    ClassLoader chosen = given != null ? given : Thread.currentThread().getContextClassLoader();
    if (chosen == null) {
      chosen = Codec.class.getClassLoader();
    }
    return chosen == null ? ClassLoader.getSystemClassLoader() : chosen;
  }

  Target resolve(FunctionReference function, @Nullable String classDigest, String name) {
    try {
      Executable byName = classDigest == null ? named.get(name) : null;
      return byName != null ? named(function, name, byName) : byReference(function, classDigest);
    } catch (ClassNotFoundException e) {
      throw unresolvable(function, "its class is not on the class path of this process", e);
    } catch (UnresolvableFunctionException e) {
      throw e;
    } catch (LinkageError | RuntimeException | StackOverflowError e) {
      // Signatures and annotations of a class are read here too, and may be broken.
      throw unresolvable(function, "its class cannot be used: " + ForeignExceptions.text(e), e);
    }
  }

  private Target named(FunctionReference function, String name, Executable member) {
    int expected =
        MethodType.fromMethodDescriptorString(erased(function.descriptor()), null).parameterCount();
    if (member.getParameterCount() != expected) {
      throw unresolvable(
          function,
          String.format(
              Locale.ROOT,
              "'%s' now names %s, which takes %d parameters instead of %d",
              name,
              member,
              member.getParameterCount(),
              expected),
          null);
    }
    Class<?> owner = member.getDeclaringClass();
    requireAllowed(reference(owner, member));
    return Target.of(owner, member);
  }

  /** A descriptor with the same number of parameters whose types make the JVM load no class. */
  private static String erased(String descriptor) {
    return descriptor.replaceAll("L[^;]+;", "Ljava/lang/Object;");
  }

  private Target byReference(FunctionReference function, @Nullable String classDigest)
      throws ClassNotFoundException {
    FunctionReference wanted = followAlias(function);
    requireAllowed(wanted);
    Class<?> owner = Class.forName(wanted.className(), false, loader);
    Executable member = Members.find(owner, wanted.methodName(), wanted.descriptor());
    if (member.getDeclaringClass() != owner) {
      requireAllowed(reference(member.getDeclaringClass(), member));
    }
    requireDigest(wanted, classDigest, owner, member);
    return Target.of(owner, member);
  }

  private FunctionReference followAlias(FunctionReference function) {
    String alias = aliases.get(function.withoutDescriptor());
    if (alias == null) {
      return function;
    }
    int hash = alias.indexOf('#');
    return new FunctionReference(
        alias.substring(0, hash), alias.substring(hash + 1), function.descriptor());
  }

  private void requireAllowed(FunctionReference reference) {
    if (!policy.allows(reference)) {
      throw unresolvable(reference, "the policy of this process does not allow it", null);
    }
  }

  private static void requireDigest(
      FunctionReference function, @Nullable String expected, Class<?> owner, Executable member) {
    if (expected == null) {
      if (CompilerNames.needsDigest(owner, member)) {
        throw unresolvable(
            function, "a compiler made its name, and the row has no class digest", null);
      }
      return;
    }
    Class<?> digested = CompilerNames.isMade(member) ? member.getDeclaringClass() : owner;
    ClassFile.Digest found = CodeOrigin.digest(digested);
    if (!expected.equals(found.hex())) {
      throw unresolvable(
          function,
          String.format(
              Locale.ROOT,
              "a compiler made its name, so it runs only in the class file it was compiled into;"
                  + " the row needs the class with digest %s, this process has %s",
              brief(expected),
              found.hex() == null ? "none: " + found.problem() : brief(found.hex())),
          null);
    }
  }

  private static String brief(String digest) {
    return digest.length() <= SHORT ? digest : digest.substring(0, SHORT);
  }

  private static FunctionReference reference(Class<?> owner, Executable member) {
    String method = member instanceof Method ? member.getName() : Members.CONSTRUCTOR;
    return new FunctionReference(owner.getName(), method, Members.descriptor(member));
  }

  private static UnresolvableFunctionException unresolvable(
      FunctionReference function, String why, @Nullable Throwable cause) {
    return new UnresolvableFunctionException(
        String.format(
            Locale.ROOT,
            "%s cannot be called: %s",
            ForeignExceptions.shorten(function.withoutDescriptor()),
            why),
        cause);
  }
}
