package dev.lastly.internal.codec;

import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.UnresolvableFunctionException;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The part of a call that is the same in each call of a function: computed once per JVM. Immutable.
 */
record Code(Target target, String name, @Nullable String classDigest, String module) {

  /** Lives as long as the class, and does not keep it in memory. */
  private static final ClassValue<Map<Member, Code>> KNOWN =
      new ClassValue<>() {
        @Override
        protected Map<Member, Code> computeValue(Class<?> type) {
          return new ConcurrentHashMap<>();
        }
      };

  static Code of(Capture capture) {
    Class<?> receiver = capture.hasReceiver() ? receiverClass(capture) : null;
    Map<Member, Code> known = KNOWN.get(receiver == null ? capture.owner() : receiver);
    Member member = new Member(capture.owner(), capture.methodName(), capture.descriptor());
    Code code = known.get(member);
    if (code == null) {
      code = find(capture, receiver);
      known.put(member, code);
    }
    return code;
  }

  private static @Nullable Class<?> receiverClass(Capture capture) {
    Object receiver = capture.arguments().isEmpty() ? null : capture.arguments().get(0);
    return receiver == null ? null : receiver.getClass();
  }

  private static Code find(Capture capture, @Nullable Class<?> receiver) {
    try {
      Executable member = Members.find(capture.owner(), capture.methodName(), capture.descriptor());
      Class<?> owner = owner(capture.owner(), member, receiver);
      requireFinished(member);
      return new Code(
          Target.of(owner, Members.find(owner, capture.methodName(), capture.descriptor())),
          Names.of(owner, member),
          CompilerNames.needsDigest(owner, member) ? requiredDigest(owner) : null,
          CodeOrigin.module(owner));
    } catch (UnresolvableFunctionException | IllegalArgumentException e) {
      throw refused(capture, e.getMessage(), e);
    } catch (LinkageError e) {
      throw refused(
          capture, ForeignExceptions.text(e), e); // its message alone may be just a class name
    }
  }

  private static FunctionRefusedException refused(
      Capture capture, @Nullable String why, Throwable cause) {
    return new FunctionRefusedException(
        String.format(
            Locale.ROOT,
            "%s#%s could not be called later: %s",
            capture.owner().getName(),
            capture.methodName(),
            why),
        cause);
  }

  /**
   * The class to store. For {@code Sub::inherited} the compiler records the class that declares the
   * method, but the receiver must be decoded as its own class.
   */
  private static Class<?> owner(Class<?> declared, Executable member, @Nullable Class<?> receiver) {
    boolean inherits =
        receiver != null
            && declared.isAssignableFrom(receiver)
            && (member.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0
            && !CompilerNames.isMade(
                member) // otherwise the digest would be of a class that lacks the code
            && !Members.isPlatform(receiver);
    return inherits && receiver != null ? receiver : declared;
  }

  private static void requireFinished(Executable member) {
    String unfinished = Unfinished.reason(member);
    if (unfinished != null) {
      throw new IllegalArgumentException(unfinished);
    }
  }

  private static String requiredDigest(Class<?> owner) {
    ClassFile.Digest digest = CodeOrigin.digest(owner);
    if (digest.hex() == null) {
      throw new IllegalArgumentException(
          "a compiler made its name, which has a meaning only in the class file that was loaded,"
              + " and Lastly cannot read that file: "
              + digest.problem()
              + "; defer a named method of a named class instead"
              + (digest.changed() ? ", or restart this process" : ""));
    }
    return digest.hex();
  }

  private record Member(Class<?> declared, String methodName, String descriptor) {}
}
