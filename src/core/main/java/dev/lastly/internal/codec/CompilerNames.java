package dev.lastly.internal.codec;

import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Names that a compiler made. They are counted up in the order of the source ({@code
 * lambda$main$0}, {@code main$lambda$0}, {@code $anonfun$1}, {@code Outer$1}), so that they mean
 * another thing after the next compilation. Such a function runs in the very same class file only.
 *
 * <p>What compilers flag as their own (synthetic) is not enough: kotlinc flags neither lambdas nor
 * local functions. So a dollar in a name says it as well, unless it is the one between the names of
 * a class and its member class. A person may write a dollar, too: then the function is bound more
 * strictly than it need be, which harms nobody.
 *
 * <p>Two names of kotlinc that no Java source could hold count as a person's. {@code f-ykXXXFg} is
 * a function with a parameter of a value class: what follows the hyphen is a digest of the
 * parameters' declared types, so the name means the same in each compilation, and another if a type
 * changes. The same holds for a name in backticks.
 */
final class CompilerNames {
  private CompilerNames() {}

  /** Whether only the same class file gives the name its meaning. */
  static boolean needsDigest(Class<?> owner, Executable member) {
    return isMade(member) || isMade(owner);
  }

  /** The same, for the name of the member alone. */
  static boolean isMade(Executable member) {
    return member.isSynthetic() || (member instanceof Method && member.getName().indexOf('$') >= 0);
  }

  /** Whether a person could not have referred to the class by its name in another source file. */
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

  /** Whether it is a function without a name in the source: what is called {@code lambda}. */
  static boolean isLambda(Executable member) {
    String name = member.getName();
    return member instanceof Method
        && (name.startsWith("lambda$") || name.contains("$lambda$") || name.contains("$anonfun$"));
  }
}
