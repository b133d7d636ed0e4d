package dev.lastly.internal.codec;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/** Converts an argument as a call would: an Integer to a long, for example. Stateless. */
final class Conversion {
  private Conversion() {}

  /**
   * Converts the argument to the type of a parameter.
   *
   * @throws ClassCastException if a call would not accept the argument
   */
  static Object of(Class<?> type, Object argument) {
    if (type.isInstance(argument)) {
      return argument;
    }
    try {
      MethodHandle identity = MethodHandles.identity(type);
      return identity.asType(MethodType.genericMethodType(1)).invoke(argument);
    } catch (ClassCastException e) {
      throw e;
    } catch (Throwable e) { // what a method handle declares
      ForeignExceptions.rethrowIfFatal(e);
      throw new IllegalStateException("the identity of " + type + " threw something else", e);
    }
  }

  /** Whether a parameter of the type accepts the argument. */
  static boolean isPossible(Class<?> type, @Nullable Object argument) {
    if (argument == null) {
      return !type.isPrimitive();
    }
    try {
      Object unused = of(type, argument);
      return true;
    } catch (ClassCastException e) {
      return false; // a call would not accept it
    }
  }
}
