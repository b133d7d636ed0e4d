package dev.lastly.testkit;

import dev.lastly.internal.codec.Codec;
import dev.lastly.model.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes one call, as a worker would make it from its row, without any database. Runs in a JVM of
 * its own.
 *
 * @param function the column's text
 * @param classDigest the column's text; null for a named method
 * @param name the column's text
 * @param arguments the column's text
 */
record FunctionCall(String function, @Nullable String classDigest, String name, String arguments) {

  /**
   * Makes the call, as often as told; a failure is thrown, so that the process ends with it.
   *
   * @param args how often, and a file with the four columns
   */
  public static void main(String[] args) throws Throwable {
    FunctionCall call = read(Path.of(args[1]));
    Codec codec = Codec.create(Settings.defaults());
    for (int i = 0; i < Integer.parseInt(args[0]); i++) {
      codec.resolve(call.function(), call.classDigest(), call.name()).bind(call.arguments()).call();
    }
  }

  /** In a file, because a command line is too short for what arguments may be. */
  void write(Path file) throws java.io.IOException {
    String digest = classDigest == null ? "" : classDigest;
    // None of the columns has a line break but the JSON, which comes last.
    Files.writeString(file, String.join("\n", function, digest, name, arguments));
  }

  private static FunctionCall read(Path file) throws java.io.IOException {
    List<String> columns = List.of(Files.readString(file, StandardCharsets.UTF_8).split("\n", 4));
    String digest = columns.get(1);
    return new FunctionCall(
        columns.get(0), digest.isEmpty() ? null : digest, columns.get(2), columns.get(3));
  }

  /** Class and method, for people. */
  String reference() {
    return function.replaceFirst("\\(.*", "");
  }
}
