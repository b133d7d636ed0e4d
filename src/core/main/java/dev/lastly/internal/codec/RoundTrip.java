package dev.lastly.internal.codec;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** Compares an argument with the value read back from its JSON. Stateless. */
final class RoundTrip {
  private RoundTrip() {}

  /** The loss, and how to avoid it; null if there is none. */
  static @Nullable String loss(@Nullable Object before, @Nullable Object after) {
    if (before == after) {
      return null;
    }
    if (before == null || after == null) {
      return String.format(
          Locale.ROOT, "came back as %s; pass a value of exactly the declared type", name(after));
    }
    if (before.getClass() != after.getClass() && !(isContainer(before) && isContainer(after))) {
      return String.format(
          Locale.ROOT,
          "a %s came back as a %s; declare the parameter as exactly that class, or use a record",
          name(before),
          name(after));
    }
    if (before.getClass().isArray()) {
      return arrayLoss(before, after);
    }
    if (before instanceof Record) {
      return recordLoss(before, after);
    }
    if (isContainer(before)) {
      return containerLoss(before, after);
    }
    if (before instanceof Optional<?> a && after instanceof Optional<?> b) {
      return loss(a.orElse(null), b.orElse(null));
    }
    return equalityLoss(before, after);
  }

  /**
   * Whether the value is a collection of the JDK, which may come back as another class with equal
   * contents.
   */
  private static boolean isContainer(Object value) {
    return value.getClass().getName().startsWith("java.")
        && (value instanceof Collection || value instanceof Map || value instanceof Map.Entry);
  }

  private static @Nullable String arrayLoss(Object before, Object after) {
    int length = Array.getLength(before);
    if (length != Array.getLength(after)) {
      return "an array came back with another length";
    }
    if (before.getClass().getComponentType().isPrimitive()) {
      return Objects.deepEquals(before, after) ? null : "an array came back with other elements";
    }
    for (int i = 0; i < length; i++) {
      String loss = loss(Array.get(before, i), Array.get(after, i));
      if (loss != null) {
        return loss;
      }
    }
    return null;
  }

  /**
   * Compares records by component, because a record's default equals compares arrays by identity.
   */
  private static @Nullable String recordLoss(Object before, Object after) {
    for (RecordComponent component : before.getClass().getRecordComponents()) {
      Method accessor = component.getAccessor();
      if (!accessor.trySetAccessible()) {
        return equalityLoss(before, after);
      }
      String loss = loss(value(accessor, before), value(accessor, after));
      if (loss != null) {
        return "in component '" + component.getName() + "' " + loss;
      }
    }
    return null;
  }

  private static @Nullable Object value(Method accessor, Object target) {
    try {
      return accessor.invoke(target);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(accessor + " failed: " + e.getCause(), e);
    }
  }

  private static @Nullable String containerLoss(Object before, Object after) {
    if (!Objects.equals(comparator(before), comparator(after))) {
      return String.format(
          Locale.ROOT,
          "a %s came back as a %s without its comparator; pass a record and sort in your method",
          name(before),
          name(after));
    }
    if (before instanceof List<?> a && after instanceof List<?> b) {
      return listLoss(a, b);
    }
    if (before instanceof Set<?> a && after instanceof Set<?> b) {
      return setLoss(a, b);
    }
    if (before instanceof Map<?, ?> a && after instanceof Map<?, ?> b) {
      return mapLoss(a, b);
    }
    if (before instanceof Map.Entry<?, ?> a && after instanceof Map.Entry<?, ?> b) {
      String loss = loss(a.getKey(), b.getKey());
      return loss != null ? loss : loss(a.getValue(), b.getValue());
    }
    return equalityLoss(before, after);
  }

  private static @Nullable Comparator<?> comparator(Object container) {
    if (container instanceof SortedMap<?, ?> map) {
      return map.comparator();
    }
    return container instanceof SortedSet<?> set ? set.comparator() : null;
  }

  private static @Nullable String listLoss(List<?> before, List<?> after) {
    if (before.size() != after.size()) {
      return "a list came back with another length";
    }
    Iterator<?> others = after.iterator();
    for (Object element : before) {
      String loss = loss(element, others.next());
      if (loss != null) {
        return "in an element " + loss;
      }
    }
    return null;
  }

  private static @Nullable String setLoss(Set<?> before, Set<?> after) {
    Map<Object, Object> others = new HashMap<>();
    after.forEach(element -> others.put(element, element));
    return before.size() == after.size() ? entriesLoss(before, others) : "a set lost elements";
  }

  private static @Nullable String entriesLoss(Set<?> before, Map<Object, Object> others) {
    for (Object element : before) {
      if (!others.containsKey(element)) {
        return "an element was not found in the set that came back: its class needs equals and"
            + " hashCode; use a record";
      }
      String loss = loss(element, others.get(element));
      if (loss != null) {
        return "in an element " + loss;
      }
    }
    return null;
  }

  private static @Nullable String mapLoss(Map<?, ?> before, Map<?, ?> after) {
    String loss = setLoss(before.keySet(), after.keySet());
    if (loss != null) {
      return "of the keys, " + loss;
    }
    for (Map.Entry<?, ?> entry : before.entrySet()) {
      loss = loss(entry.getValue(), after.get(entry.getKey()));
      if (loss != null) {
        return "in a value " + loss;
      }
    }
    return null;
  }

  private static @Nullable String equalityLoss(Object before, Object after) {
    if (before.equals(after) && after.equals(before)) {
      return null;
    }
    if (!hasEquals(before.getClass())) {
      return name(before)
          + " has no equals method, so Lastly cannot check that it came back complete; use a"
          + " record";
    }
    if (before instanceof Collection && before.getClass() != after.getClass()) {
      return String.format(
          Locale.ROOT,
          "a %s came back as a %s, which differs; declare the parameter as %s",
          name(before),
          name(after),
          before instanceof Set ? "Set" : "List");
    }
    return String.format(
        Locale.ROOT,
        "a %s came back different: not all of it is in its JSON; use a record",
        name(before));
  }

  private static boolean hasEquals(Class<?> type) {
    try {
      return type.getMethod("equals", Object.class).getDeclaringClass() != Object.class;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  private static String name(@Nullable Object value) {
    return value == null ? "null" : value.getClass().getTypeName();
  }
}
