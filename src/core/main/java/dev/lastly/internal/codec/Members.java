package dev.lastly.internal.codec;

import dev.lastly.model.Precondition;
import dev.lastly.model.UnresolvableFunctionException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds methods and constructors, and makes method handles for them. Initialises no class.
 * Stateless.
 */
final class Members {
  static final String CONSTRUCTOR = "<init>";

  private Members() {}

  /**
   * Finds a member that the class has or inherits. Throws {@link UnresolvableFunctionException} if
   * there is none.
   */
  static Executable find(Class<?> owner, String name, String descriptor) {
    Executable found =
        name.equals(CONSTRUCTOR) ? constructor(owner, descriptor) : method(owner, name, descriptor);
    if (found == null) {
      throw new UnresolvableFunctionException(
          String.format(
              Locale.ROOT,
              "class %s has no %s with the descriptor %s; if it was moved or renamed, give the"
                  + " manager an alias",
              owner.getName(),
              name,
              descriptor));
    }
    return found;
  }

  /**
   * The method that checks a function's arguments, see {@link Precondition}; null if the function
   * names none.
   *
   * @throws UnresolvableFunctionException if the named method does not exist
   */
  static @Nullable Method precondition(Executable member) {
    Precondition named = member.getAnnotation(Precondition.class);
    if (named == null) {
      return null;
    }
    Class<?> owner = member.getDeclaringClass();
    List<Class<?>> parameters = new ArrayList<>();
    if (isInstanceMethod(member)) {
      parameters.add(owner);
    }
    parameters.addAll(List.of(member.getParameterTypes()));
    for (Method method : owner.getDeclaredMethods()) {
      if (method.getName().equals(named.value())
          && Modifier.isStatic(method.getModifiers())
          && List.of(method.getParameterTypes()).equals(parameters)) {
        return method;
      }
    }
    throw new UnresolvableFunctionException(
        describe(member)
            + " has the precondition '"
            + named.value()
            + "', but its class has no static method of that name that takes "
            + parameters.stream().map(Class::getTypeName).toList());
  }

  static boolean isInstanceMethod(Executable member) {
    return member instanceof Method && !Modifier.isStatic(member.getModifiers());
  }

  static boolean isPlatform(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    return loader == null || loader == ClassLoader.getPlatformClassLoader();
  }

  static MethodHandle handle(Executable member) {
    if (isAbstractClass(member)) {
      throw new UnresolvableFunctionException(describe(member) + " is of an abstract class");
    }
    try {
      return unreflect(MethodHandles.publicLookup(), member);
    } catch (IllegalAccessException e) {
      // In the JDK this means that the method is not public, not exported, or caller-sensitive.
      if (isPlatform(member.getDeclaringClass())) {
        throw new UnresolvableFunctionException(
            describe(member)
                + " is internal to the JDK or depends on its caller; wrap it in a method of your"
                + " own",
            e);
      }
      return privateHandle(member);
    }
  }

  private static MethodHandle privateHandle(Executable member) {
    try {
      if (member.trySetAccessible()) {
        return unreflect(MethodHandles.lookup(), member);
      }
    } catch (IllegalAccessException | SecurityException e) {
      throw new UnresolvableFunctionException(describe(member) + " is not accessible", e);
    }
    Class<?> owner = member.getDeclaringClass();
    throw new UnresolvableFunctionException(
        String.format(
            Locale.ROOT,
            "%s is not accessible: module %s does not open %s to Lastly; make class and method"
                + " public and export them, or open the package",
            describe(member),
            owner.getModule().getName(),
            owner.getPackageName()));
  }

  private static MethodHandle unreflect(MethodHandles.Lookup lookup, Executable member)
      throws IllegalAccessException {
    return member instanceof Constructor<?> constructor
        ? lookup.unreflectConstructor(constructor)
        : lookup.unreflect((Method) member);
  }

  private static boolean isAbstractClass(Executable member) {
    return member instanceof Constructor<?> constructor
        && Modifier.isAbstract(constructor.getDeclaringClass().getModifiers());
  }

  private static String describe(Executable member) {
    return member.getDeclaringClass().getName()
        + "#"
        + (member instanceof Method ? member.getName() : CONSTRUCTOR);
  }

  private static @Nullable Executable constructor(Class<?> owner, String descriptor) {
    for (Constructor<?> constructor : owner.getDeclaredConstructors()) {
      if (descriptor(void.class, constructor).equals(descriptor)) {
        return constructor;
      }
    }
    return null;
  }

  /**
   * Finds a method by comparing descriptors as texts: a descriptor from a row must not make the JVM
   * load classes.
   */
  private static @Nullable Executable method(Class<?> owner, String name, String descriptor) {
    for (Executable method : methods(owner, name)) {
      if (descriptor(method).equals(descriptor)) {
        return method;
      }
    }
    return null;
  }

  /** All members of that name: the class's own first, then the inherited ones. */
  static List<Executable> named(Class<?> owner, String name) {
    return name.equals(CONSTRUCTOR)
        ? List.of(owner.getDeclaredConstructors())
        : methods(owner, name);
  }

  private static List<Executable> methods(Class<?> owner, String name) {
    List<Executable> methods = new ArrayList<>();
    Deque<Class<?>> queue = new ArrayDeque<>();
    for (Class<?> type = owner; type != null; type = type.getSuperclass()) {
      queue.add(type);
    }
    while (!queue.isEmpty()) {
      Class<?> type = queue.remove();
      for (Method method : type.getDeclaredMethods()) {
        if (method.getName().equals(name)) {
          methods.add(method);
        }
      }
      queue.addAll(List.of(type.getInterfaces()));
    }
    return methods;
  }

  static String descriptor(Executable member) {
    return descriptor(
        member instanceof Method method ? method.getReturnType() : void.class, member);
  }

  private static String descriptor(Class<?> result, Executable member) {
    return MethodType.methodType(result, member.getParameterTypes()).descriptorString();
  }
}
