package dev.lastly.internal.codec;

import dev.lastly.model.Named;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes the name of a function for people: the value of {@link Named}, or {@code
 * Cleanup::deleteTree}, {@code ArrayList::new}, {@code Outer.Nested::method}; {@code Outer::lambda}
 * for each lambda in a class. Stateless.
 */
final class Names {
  private static final Pattern NAMED = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  private Names() {}

  /**
   * The name of a member.
   *
   * @throws IllegalArgumentException if the value of {@link Named} is ill-formed
   */
  static String of(Class<?> owner, Executable member) {
    String named = named(member);
    return named != null ? named : simpleName(owner) + "::" + methodName(member);
  }

  /**
   * The {@link Named} members of the classes.
   *
   * @throws IllegalArgumentException if a name is ill-formed or occurs twice
   */
  static Map<String, Executable> index(Set<Class<?>> types) {
    Map<String, Executable> index = new HashMap<>();
    for (Class<?> type : types) {
      for (Executable member : members(type)) {
        String name = named(member);
        Executable other = name == null ? null : index.putIfAbsent(name, member);
        if (other != null) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT, "'%s' names two functions: %s and %s", name, other, member));
        }
      }
    }
    return Map.copyOf(index);
  }

  private static @Nullable String named(Executable member) {
    // The compiler copies annotations to bridge methods.
    Named annotation = member.isSynthetic() ? null : member.getAnnotation(Named.class);
    if (annotation == null) {
      return null;
    }
    if (!NAMED.matcher(annotation.value()).matches()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "@Named(\"%s\") on %s: a name has 1 to 100 letters, digits, dots, underscores and"
                  + " hyphens",
              ForeignExceptions.shorten(annotation.value()),
              member));
    }
    return annotation.value();
  }

  private static List<Executable> members(Class<?> type) {
    List<Executable> members = new ArrayList<>(List.of(type.getDeclaredMethods()));
    members.addAll(List.of(type.getDeclaredConstructors()));
    return members;
  }

  private static String simpleName(Class<?> type) {
    String canonical = type.getCanonicalName();
    String name = canonical == null ? type.getName() : canonical;
    String prefix = type.getPackageName();
    return prefix.isEmpty() ? name : name.substring(prefix.length() + 1);
  }

  private static String methodName(Executable member) {
    if (!(member instanceof Method)) {
      return "new";
    }
    return CompilerNames.isLambda(member) ? "lambda" : member.getName();
  }
}
