package dev.lastly.internal.codec;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JavaType;

/**
 * Finds the application's Jackson annotations on the classes of an argument. Lastly ignores them,
 * see {@link NoAnnotations}. Most only change names, so ignoring them does no harm. But if an
 * annotation keeps a part out of the JSON, such as {@code @JsonIgnore} on a password, Lastly would
 * store that part. It refuses a function with such an argument. For one thread.
 */
final class JacksonAnnotations {
  /** Split names: the build relocates Jackson's package names, even in string constants. */
  private static final List<String> PACKAGES =
      List.of(
          String.join(".", "com", "fasterxml", "jackson", ""),
          String.join(".", "tools", "jackson", ""));

  private static final Set<String> KEEP_PARTS_OUT =
      Set.of(
          "JsonFilter",
          "JsonIgnore",
          "JsonIgnoreProperties",
          "JsonIgnoreType",
          "JsonIncludeProperties",
          "JsonSerialize",
          "JsonView");

  private final Set<Class<?>> seen = new HashSet<>();
  private final Set<String> all = new TreeSet<>();
  private final Set<String> keepPartsOut = new TreeSet<>();

  private JacksonAnnotations() {}

  /** Finds the annotations on a declared type, on the classes of its parts, and so on. */
  static JacksonAnnotations of(JavaType type) {
    JacksonAnnotations found = new JacksonAnnotations();
    found.lookAt(type);
    return found;
  }

  /**
   * The annotations that keep parts out of the JSON, each as {@code @JsonIgnore on a.b.Type},
   * sorted.
   */
  Set<String> keepingPartsOut() {
    return keepPartsOut;
  }

  /** All annotations, each as {@code @JsonCreator on a.b.Type}, sorted. */
  Set<String> all() {
    return all;
  }

  private void lookAt(JavaType type) {
    lookAt((Type) type.getRawClass());
    for (JavaType parameter : type.getBindings().getTypeParameters()) {
      lookAt(parameter);
    }
    JavaType content = type.getContentType();
    if (content != null) {
      lookAt(content);
    }
  }

  private void lookAt(Type type) {
    if (type instanceof Class<?> c) {
      lookAtClass(c);
    } else if (type instanceof ParameterizedType generic) {
      lookAt(generic.getRawType());
      for (Type argument : generic.getActualTypeArguments()) {
        lookAt(argument);
      }
    } else if (type instanceof GenericArrayType array) {
      lookAt(array.getGenericComponentType());
    }
  }

  private void lookAtClass(Class<?> type) {
    if (type.isArray()) {
      lookAtClass(type.getComponentType());
      return;
    }
    if (type.isPrimitive() || Members.isPlatform(type) || !seen.add(type)) {
      return;
    }
    note(type, type);
    for (Field field : type.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) {
        note(type, field);
        lookAt(field.getGenericType());
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      note(type, constructor);
    }
    for (Method method : type.getDeclaredMethods()) {
      note(type, method);
      if (isGetter(method)) {
        lookAt(method.getGenericReturnType());
      }
    }
    Class<?> above = type.getSuperclass();
    if (above != null) {
      lookAtClass(above);
    }
    Stream.of(type.getInterfaces()).forEach(this::lookAtClass);
  }

  /** Such a property needs no field. */
  private static boolean isGetter(Method method) {
    return method.getName().startsWith("get")
        && method.getParameterCount() == 0
        && !Modifier.isStatic(method.getModifiers());
  }

  /** Those of a member and of its parameters. */
  private void note(Class<?> type, Executable member) {
    note(type, (AnnotatedElement) member);
    for (Parameter parameter : member.getParameters()) {
      note(type, parameter);
    }
  }

  private void note(Class<?> type, AnnotatedElement element) {
    for (Annotation annotation : element.getDeclaredAnnotations()) {
      Class<? extends Annotation> kind = annotation.annotationType();
      if (PACKAGES.stream().anyMatch(kind.getName()::startsWith)) {
        String text = "@" + kind.getSimpleName() + " on " + type.getTypeName();
        all.add(text);
        if (KEEP_PARTS_OUT.contains(kind.getSimpleName()) && isInForce(annotation)) {
          keepPartsOut.add(text);
        }
      }
    }
  }

  /**
   * Whether an annotation has an effect. False for {@code @JsonIgnore(false)}, and for
   * {@code @JsonIgnoreProperties} without names.
   */
  private static boolean isInForce(Annotation annotation) {
    try {
      Object value = annotation.annotationType().getMethod("value").invoke(annotation);
      return !value.equals(false) && !(value.getClass().isArray() && Array.getLength(value) == 0);
    } catch (NoSuchMethodException e) {
      return true; // it has no such attribute
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("cannot read " + annotation, e);
    }
  }
}
