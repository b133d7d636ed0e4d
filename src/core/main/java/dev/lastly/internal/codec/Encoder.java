package dev.lastly.internal.codec;

import dev.lastly.internal.codec.Codec.CapturedCall;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.UnresolvableFunctionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a call into the texts of a row, and refuses a call that no process could run later.
 * Stateless.
 */
final class Encoder {
  private Encoder() {}

  static CapturedCall encode(Capture capture) {
    Code code = Code.of(capture);
    List<@Nullable Object> arguments = adapted(code.target(), capture.arguments());
    String json = json(code, arguments);
    requireSecrets(code, arguments);
    Codec.requireNotRefused(code.name(), code.target().call(json, arguments.toArray()));
    return new CapturedCall(
        new EncodedCall(
            code.name(), code.target().reference(), code.classDigest(), code.module(), json),
        code.target());
  }

  /** A mistyped name would make the function wait for ever; so this process must have them. */
  private static void requireSecrets(Code code, List<@Nullable Object> arguments) {
    if (code.target().parameters().haveSecrets()) {
      try {
        arguments.forEach(Secrets::require);
      } catch (UnresolvableFunctionException e) {
        throw new FunctionRefusedException(
            code.name() + " could not be run later: " + e.getMessage(), e);
      }
    }
  }

  private static String json(Code code, List<@Nullable Object> arguments) {
    Target target = code.target();
    String plain = PlainArguments.json(target.parameters(), arguments);
    if (plain != null) {
      requireLength(code, plain);
      return plain;
    }
    target.parameters().requireNoPartsKeptOut();
    try {
      String json = target.parameters().write(arguments);
      requireLength(code, json);
      requireSame(target, arguments, decoded(target, json));
      return json;
    } catch (FunctionRefusedException e) {
      String hint = target.hint(arguments);
      throw hint.isEmpty() ? e : new FunctionRefusedException(e.getMessage() + hint, e.getCause());
    }
  }

  private static void requireLength(Code code, String json) {
    if (json.length() > EncodedCall.MAX_ARGUMENTS_LENGTH) {
      throw new FunctionRefusedException(
          String.format(
              Locale.ROOT,
              "the arguments of %s need %d characters of JSON; the limit is %d; store the data in a"
                  + " file and pass its path",
              code.name(),
              json.length(),
              EncodedCall.MAX_ARGUMENTS_LENGTH));
    }
  }

  private static List<@Nullable Object> adapted(Target target, List<@Nullable Object> arguments) {
    Parameters parameters = target.parameters();
    if (arguments.size() != parameters.count()) {
      throw new FunctionRefusedException(
          String.format(
              Locale.ROOT,
              "%s takes %d arguments, the receiver included; %d were given",
              target.reference().withoutDescriptor(),
              parameters.count(),
              arguments.size()));
    }
    List<@Nullable Object> adapted = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      adapted.add(adapted(target, i, arguments.get(i)));
    }
    return adapted;
  }

  /**
   * Converts an argument as the call itself would: an Integer becomes a long if the method takes a
   * long.
   */
  private static @Nullable Object adapted(Target target, int index, @Nullable Object argument) {
    Class<?> type = target.parameters().type(index);
    if (argument == null) {
      if (type.isPrimitive() || (index == 0 && target.hasReceiver())) {
        throw refused(target, index, "null was given");
      }
      return null;
    }
    try {
      return Conversion.of(type, argument);
    } catch (ClassCastException e) {
      throw refused(
          target,
          index,
          String.format(Locale.ROOT, "a %s was given", argument.getClass().getTypeName()));
    }
  }

  private static List<@Nullable Object> decoded(Target target, String json) {
    try {
      return target.bind(json).arguments();
    } catch (ArgumentsException e) {
      throw new FunctionRefusedException(
          "its JSON could not be read back: "
              + e.getMessage()
              + "; declare the parameter as a record or another concrete class of plain values",
          e);
    }
  }

  private static void requireSame(
      Target target, List<@Nullable Object> before, List<@Nullable Object> after) {
    for (int i = 0; i < before.size(); i++) {
      String loss;
      try {
        loss = loss(target, i, before.get(i), after.get(i));
      } catch (Throwable e) { // a user's equals() may throw anything
        ForeignExceptions.rethrowIfFatal(e);
        loss = "its equals method failed: " + ForeignExceptions.text(e);
      }
      if (loss != null) {
        throw refused(target, i, loss);
      }
    }
  }

  private static @Nullable String loss(
      Target target, int index, @Nullable Object before, @Nullable Object after) {
    boolean receiver = index == 0 && target.hasReceiver();
    if (receiver && before != null && after != null && before.getClass() != after.getClass()) {
      return String.format(
          Locale.ROOT,
          "the receiver, a %s, came back as a %s; defer a method of its own class, or a static"
              + " method",
          before.getClass().getTypeName(),
          after.getClass().getTypeName());
    }
    return RoundTrip.loss(before, after);
  }

  private static FunctionRefusedException refused(Target target, int index, String why) {
    return new FunctionRefusedException(
        String.format(
            Locale.ROOT,
            "argument %d of %s, declared as %s, cannot be stored: %s",
            index + 1,
            target.reference().withoutDescriptor(),
            target.parameters().typeName(index),
            why));
  }
}
