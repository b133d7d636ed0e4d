package dev.lastly.model;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A reference to the code of a function, as the column {@code code.function} holds it: {@code
 * binary.class.Name#method(descriptor)return}. A constructor has the name {@code <init>}.
 * Immutable.
 *
 * @param className binary name of the class, as {@link Class#getName()} gives it
 * @param methodName name of the method, or {@code <init>}
 * @param descriptor the JVM's method descriptor, for example {@code (Ljava/nio/file/Path;)V}
 */
public record FunctionReference(String className, String methodName, String descriptor) {
  /** The limit on the length of the text, in characters. */
  public static final int MAX_LENGTH = 4096;

  private static final Pattern TEXT =
      Pattern.compile("([^#()\\s;/\\[]+)#([^#()\\s;/.\\[]+)(\\([^()\\s]*\\)[^()\\s]+)");

  /**
   * Checks the parts.
   *
   * @param className see the record
   * @param methodName see the record
   * @param descriptor see the record
   * @throws NullPointerException if a part is null
   * @throws IllegalArgumentException if the parts do not form a reference that {@link
   *     #parse(String)} accepts
   */
  public FunctionReference {
    Objects.requireNonNull(className, "className");
    Objects.requireNonNull(methodName, "methodName");
    Objects.requireNonNull(descriptor, "descriptor");
    match(text(className, methodName, descriptor));
  }

  /**
   * Parses the text of {@link #toString()}.
   *
   * @param text the column's text
   * @return the reference
   * @throws IllegalArgumentException if the text has another form or is longer than {@link
   *     #MAX_LENGTH}
   */
  public static FunctionReference parse(String text) {
    Matcher matcher = match(text);
    return new FunctionReference(matcher.group(1), matcher.group(2), matcher.group(3));
  }

  /**
   * Class and method without the descriptor: what an alias names.
   *
   * @return for example {@code dev.lastly.cleanup.Cleanup#deleteTree}
   */
  public String withoutDescriptor() {
    return className + "#" + methodName;
  }

  @Override
  public String toString() {
    return text(className, methodName, descriptor);
  }

  private static String text(String className, String methodName, String descriptor) {
    return className + "#" + methodName + descriptor;
  }

  private static Matcher match(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "function reference of " + text.length() + " characters; at most " + MAX_LENGTH);
    }
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "not a function reference: '"
              + text
              + "' (expected class.Name#method(descriptor)return)");
    }
    return matcher;
  }
}
