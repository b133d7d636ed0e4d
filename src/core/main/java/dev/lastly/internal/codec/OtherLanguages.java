package dev.lastly.internal.codec;

import java.lang.annotation.Annotation;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What to write instead in Kotlin and Scala, where a class file has other members than its source
 * shows. Only completes refusals. Knows types by name, so it needs none of their libraries.
 * Stateless.
 */
final class OtherLanguages {
  private static final String KOTLIN_OBJECT = "INSTANCE";
  private static final String SCALA_OBJECT = "MODULE$";

  private OtherLanguages() {}

  /** The advice on a method that was not found by its name and arguments; may be empty. */
  static String adviceOnMethod(Class<?> type, String method, List<Executable> candidates) {
    StringBuilder advice = new StringBuilder();
    for (Executable candidate : candidates) {
      String unfinished = Unfinished.reason(candidate);
      if (unfinished != null) {
        advice.append("; ").append(unfinished);
        break;
      }
    }
    boolean ofObject = candidates.stream().anyMatch(Members::isInstanceMethod);
    if (ofObject && isObject(type, KOTLIN_OBJECT)) {
      advice.append("; annotate the function of the object with @JvmStatic");
    }
    if (ofObject && isObject(type, SCALA_OBJECT)) {
      String name = type.getName();
      advice.append("; the static method is in the class without the dollar at its end: ");
      advice.append("Class.forName(\"").append(name, 0, name.length() - 1).append("\")");
    }
    if (hasMethod(type, method + "$default")) {
      advice.append(
          "; a compiler fills in default values only in calls that it sees: pass all arguments, or"
              + " annotate a function of Kotlin with @JvmOverloads");
    }
    if (hasMethod(type, method + "-")) {
      advice.append(
          String.format(
              Locale.ROOT,
              "; a parameter is of a value class, so kotlinc adds a digest to the name: annotate"
                  + " the function with @JvmName(\"%s\")",
              method));
    }
    return advice.toString();
  }

  /** The advice on arguments that cannot be stored; may be empty. */
  static String adviceOnArguments(List<? extends @Nullable Object> arguments) {
    for (Object argument : arguments) {
      String advice = argument == null ? null : adviceOnClass(argument.getClass());
      if (advice != null) {
        return advice;
      }
    }
    return "";
  }

  private static @Nullable String adviceOnClass(Class<?> type) {
    if (isObject(type, KOTLIN_OBJECT)) {
      return "; an object of Kotlin cannot be stored: defer its function by"
          + " DeferredFunction.of and annotate it with @JvmStatic, or defer a lambda that calls it";
    }
    if (isObject(type, SCALA_OBJECT)) {
      return "; an object of Scala cannot be stored: defer its method by DeferredFunction.of, with"
          + " the class whose name has no dollar at its end";
    }
    if (type.getName().startsWith("scala.") || implementsProduct(type)) {
      return "; collections, options, case classes and enums of Scala cannot be read from JSON:"
          + " pass their parts as arguments, or a collection, Optional or record of Java, or"
          + " an enum that extends java.lang.Enum";
    }
    if (isOfKotlin(type) && !type.isRecord() && hasMethod(type, "component1")) {
      return "; annotate a data class of Kotlin with @JvmRecord, or compile it with"
          + " -java-parameters";
    }
    return null;
  }

  private static boolean isObject(Class<?> type, String fieldName) {
    for (Field field : type.getDeclaredFields()) {
      if (field.getName().equals(fieldName)
          && field.getType() == type
          && Modifier.isStatic(field.getModifiers())
          && (isOfKotlin(type) || fieldName.equals(SCALA_OBJECT))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfKotlin(Class<?> type) {
    return Arrays.stream(type.getDeclaredAnnotations())
        .map(Annotation::annotationType)
        .anyMatch(annotation -> annotation.getName().equals("kotlin.Metadata"));
  }

  private static boolean implementsProduct(Class<?> type) {
    for (Class<?> next = type; next != null; next = next.getSuperclass()) {
      for (Class<?> implemented : next.getInterfaces()) {
        if (implemented.getName().equals("scala.Product")
            || implemented.getName().equals("scala.deriving.Mirror$Product")
            || implemented.getName().equals("scala.reflect.Enum")) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean hasMethod(Class<?> type, String prefix) {
    for (Method declared : type.getDeclaredMethods()) {
      if (declared.getName().startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }
}
