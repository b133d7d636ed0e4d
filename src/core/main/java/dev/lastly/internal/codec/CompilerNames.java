package dev.lastly.internal.codec;

import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Recognises names that a compiler made. They are numbered in source order ({@code lambda$main$0},
 * {@code main$lambda$0}, {@code $anonfun$1}, {@code Outer$1}), so after the next compilation the
 * same name may mean other code. Such a function runs only in the same class file. Stateless.
 *
 * <p>The flag {@code synthetic} is not enough: kotlinc sets it neither for lambdas nor for local
 * functions. So a dollar in a name counts as well, except between the names of a class and its
 * member class. If a person has written the dollar, the function is bound to its class file without
 * need, which does no harm.
 *
 * <p>Two kinds of kotlinc's names that are impossible in Java source are stable, and so do not
 * count. {@code f-qHvBzUo} is a function with a parameter of a value class: after the hyphen
 * follows a digest of the parameters' declared types, so the name stays the same in each
 * compilation and changes with a type. A name in backticks is written by a person.
 */
final class CompilerNames {
  private CompilerNames() {}

  /** Whether the name has its meaning only in the same class file. */
  static boolean needsDigest(Class<?> owner, Executable member) {
    return isMade(member) || isMade(owner);
  }

  /** Whether a compiler made the name of the member. */
  static boolean isMade(Executable member) {
    return member.isSynthetic() || (member instanceof Method && member.getName().indexOf('$') >= 0);
  }

  /**
   * Whether a compiler made the name of the class, so that no other source file could refer to it.
   */
  private static boolean isMade(Class<?> type) {
    @Nullable Class<?> next = type;
    while (next != null) {
      if (next.isSynthetic()
          || next.isHidden()
          || next.isAnonymousClass()
          || next.isLocalClass()
          || next.getSimpleName().indexOf('$') >= 0) {
        return true;
      }
      next = next.getDeclaringClass();
    }
    return false;
  }

  /** Whether the function has no name in the source; its name for people is then {@code lambda}. */
  static boolean isLambda(Executable member) {
    String name = member.getName();
    return member instanceof Method
        && (name.startsWith("lambda$") || name.contains("$lambda$") || name.contains("$anonfun$"));
  }
}
