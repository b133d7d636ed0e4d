package dev.lastly.internal.guardian;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.spi.Log;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.Settings;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.List;

/**
 * A call that is stored nowhere. It loads the classes that the first real call needs, most of them
 * for JSON, while no function waits: loading them takes several times as long as all the rest from
 * a death to the end of its clean-up. Stateless.
 */
final class FirstCall {
  private static final Log log = Log.of(FirstCall.class);

  private static final FunctionReference FUNCTION =
      new FunctionReference(
          FirstCall.class.getName(),
          "call",
          MethodType.methodType(void.class, Argument.class, Path.class).toMethodDescriptorString());

  private static final String ARGUMENTS =
      """
      [{"path":"/","texts":["text"],"number":1},"/"]\
      """;

  private FirstCall() {}

  /** An argument of several types, as the real ones have. */
  record Argument(Path path, List<String> texts, long number) {}

  static void call(Argument argument, Path path) {
    log.debug("rehearsed with {} and {}", argument, path);
  }

  /** Decodes and calls. A failure is no reason to end: the real calls will report it. */
  static void run() {
    try {
      Codec.Invocation call =
          Codec.create(Settings.defaults())
              .resolve(FUNCTION.toString(), null, "FirstCall::call")
              .bind(ARGUMENTS);
      call.requireUnchanged();
      call.requirePossible();
      Object unused = call.call();
      System.gc(); // what the rehearsal leaves
    } catch (Throwable e) { // also errors, such as a class that is missing
      log.warn("the rehearsal of a call failed", e);
    }
  }
}
