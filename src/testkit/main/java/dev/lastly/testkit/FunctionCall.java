package dev.lastly.testkit;

import dev.lastly.internal.codec.Codec;
import dev.lastly.model.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call as its row describes it. Its main method makes the call as a worker does, but without a
 * database and in a JVM of its own.
 *
 * @param function the column's text
 * @param classDigest the column's text; null for a named method
 * @param name the column's text
 * @param arguments the column's text
 */
record FunctionCall(String function, @Nullable String classDigest, String name, String arguments) {

  /**
   * Makes the call as often as told. If the call throws, the process fails with that exception.
   *
   * @param args the number of calls, and a file with the four columns
   */
  public static void main(String[] args) throws Throwable {
    FunctionCall call = read(Path.of(args[1]));
    Codec codec = Codec.create(Settings.defaults());
    for (int i = 0; i < Integer.parseInt(args[0]); i++) {
      codec.resolve(call.function(), call.classDigest(), call.name()).bind(call.arguments()).call();
    }
  }

  /** Writes the call to a file, because the arguments may be too long for a command line. */
  void write(Path file) throws java.io.IOException {
    String digest = classDigest == null ? "" : classDigest;
    // Only the JSON may contain line breaks, so it comes last.
    Files.writeString(file, String.join("\n", function, digest, name, arguments));
  }

  private static FunctionCall read(Path file) throws java.io.IOException {
    List<String> columns = List.of(Files.readString(file, StandardCharsets.UTF_8).split("\n", 4));
    String digest = columns.get(1);
    return new FunctionCall(
        columns.get(0), digest.isEmpty() ? null : digest, columns.get(2), columns.get(3));
  }

  /** Class and method, without the parameter types. */
  String reference() {
    return function.replaceFirst("\\(.*", "");
  }
}
