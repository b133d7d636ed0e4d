package dev.lastly;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The error of javac for a call with a wrong argument. Javac lists every generic overload with all
 * its type parameters, so there must be few overloads.
 */
final class WrongCallTest {
  private static final int MOST_LINES = 29;

  @TempDir private Path directory;

  private List<String> message(String call) throws Exception {
    Path source = directory.resolve("Wrong.java");
    Files.writeString(
        source,
        """
        import dev.lastly.*;
        import dev.lastly.cleanup.*;
        import java.nio.file.Path;
        class Wrong {
          static void two(Path path, int number) {}
          void call(JobContext job) {
            %s;
          }
        }
        """
            .formatted(call));
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    int status =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                writer,
                writer,
                "-proc:none",
                "-d",
                directory.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
    assertThat(status).isNotZero();
    return out.toString().lines().toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "job.defer(Cleanup::deleteTree, \"/scratch/x\")",
        "job.defer(Wrong::two, Path.of(\"/scratch/x\"), \"seven\")",
        "DeferredFunction.create(Cleanup::deleteTree, \"/scratch/x\")",
      })
  void defer_oneWrongArgument_messageIsShortAndItsTypesHaveNoNumbers(String call) throws Exception {
    List<String> message = message(call);
    assertThat(message).hasSizeLessThanOrEqualTo(MOST_LINES);
    assertThat(message.get(0)).contains("no suitable method found for");
    assertThat(message).anyMatch(line -> line.contains("has incompatible bounds"));
    assertThat(message).noneMatch(line -> line.contains("#"));
  }

  @Test
  void defer_wrongArgumentOfALambda_messageIsThePlainOne() throws Exception {
    List<String> message = message("job.defer(path -> Cleanup.deleteTree(path), \"/scratch/x\")");
    assertThat(message).hasSizeLessThanOrEqualTo(5);
    assertThat(message.get(0)).contains("String cannot be converted to Path");
  }
}
