package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Commands;
import dev.lastly.docs.LiveSchema.Column;
import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/protocol.md} shows is the code that {@code ForeignWorkerTest} runs. */
class ProtocolDocTest {
  private static final Pattern QUOTED =
      Pattern.compile(
          "(?ms)^(<!-- The region `(\\w+)` of (\\S+); a test runs it. -->\\n)"
              + "(?:```python\\n.*?^```\\n)?");

  @TempDir private Path base;

  @Test
  void pythonBlocks_regionsOfTheExample_areTheSameText() throws Exception {
    Matcher quoted = QUOTED.matcher(page().text());
    StringBuilder expected = new StringBuilder();
    while (quoted.find()) {
      String code = Markdown.region(Path.of(quoted.group(3)), "# ", quoted.group(2));
      String block = quoted.group(1) + "```python\n" + code + "```\n";
      quoted.appendReplacement(expected, Matcher.quoteReplacement(block));
    }
    page().requireSame(quoted.appendTail(expected).toString());
    assertThat(page().blocks("python")).hasSize(5);
  }

  @Test
  void jsonBlock_command_isWhatJavaWrites() throws Exception {
    Action.Of1<Command> run = Commands::run;
    Command command =
        Command.of("docker", "rm", "-f", "aligner-17")
            .withEnvironment("DOCKER_HOST", "unix:///run/docker.sock")
            .withDirectory(Path.of("/tmp"))
            .withTimeout(Duration.ofMillis(90_500))
            .withSuccessExitCodes(Set.of(0, 1));
    EncodedCall call = Codec.encode(run, List.of(command));
    assertThat(page().blocks("json").get(0).replaceAll("\\s", "")).isEqualTo(call.arguments());
    assertThat(page().text())
        .contains("`" + call.function() + "`")
        .contains("`" + call.name() + "`");
  }

  @Test
  void ownerTable_columns_areThoseOfTheSchema() throws Exception {
    try (LiveSchema schema = LiveSchema.create(base)) {
      for (String table : List.of("owner", "code", "deferred_function")) {
        assertThat(Markdown.firstCells(page().section("### The row in `" + table + "`")))
            .isEqualTo(schema.columns(table).stream().map(Column::name).toList());
      }
    }
  }

  @Test
  void lockBytes_ofRoles_areInTheTable() throws Exception {
    long base = 1L << 62;
    assertThat(Markdown.rows(page().section("## Lock bytes")).stream().map(row -> row.get(0)))
        .containsExactly(
            "0",
            "%d …".formatted(Owners.FIRST),
            "2^60 + a job's id",
            "2^61 to 2^62 - 1",
            "2^62",
            "2^62 + %d".formatted(Owners.GUARDIAN - base),
            "2^62 + %d".formatted(Owners.GUARDIAN_START - base),
            "2^62 + 2^%d …".formatted(Long.numberOfTrailingZeros(Owners.ROLES - base)));
    assertThat(Owners.WATCHER).isEqualTo(base);
    assertThat(Owners.RESERVED).isEqualTo(1L << 60);
    assertThat(Owners.LINE).isEqualTo(1L << 61);
  }

  private static Markdown page() throws IOException {
    return Markdown.read("docs/protocol.md");
  }
}
