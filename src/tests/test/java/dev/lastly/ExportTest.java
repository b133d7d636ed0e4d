package dev.lastly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.Durability;
import dev.lastly.model.Export;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.support.Database;
import dev.lastly.testkit.StoreInvariants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rows as text for other programs, and whole copies of the database. */
final class ExportTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path base;
  private DeferredFunctionManager manager;
  private Operator operator;

  static String greet(String name) {
    return "hello \"" + name + "\",\r\n\u0000\ud800 x";
  }

  static void fail() {
    throw new IllegalStateException("on purpose");
  }

  @BeforeEach
  void makeHistory() {
    manager =
        DeferredFunctionManager.open(
            base,
            Settings.builder()
                .reapInterval(Duration.ZERO)
                .durability(Durability.PROCESS_CRASH)
                .retry(RetryPolicy.builder().maxAttempts(1).build())
                .build());
    try (JobContext job = manager.openJob("a, \"b\"")) {
      job.defer(ExportTest::greet, "you, \"there\"\nand\\there\u007f \ud83d\ude00");
      job.defer(ExportTest::fail);
      job.defer(ExportTest::fail).cancel();
    }
    operator = Operator.open(base);
  }

  @AfterEach
  void close() {
    operator.close();
    manager.close();
  }

  @Test
  void export_functionsAsJsonLines_haveTheirAttempts() throws IOException {
    List<JsonNode> lines = lines(Export.What.FUNCTIONS, 3);
    JsonNode first = lines.get(0);
    assertThat(first.get("id").asInt()).isEqualTo(1);
    assertThat(first.get("state").asString()).isEqualTo("done");
    assertThat(first.get("job").asString()).isEqualTo("a, \"b\"");
    assertThat(first.get("arguments").get(0).asString())
        .isEqualTo("you, \"there\"\nand\\there\u007f \ud83d\ude00");
    assertThat(first.get("not_before").isNull()).isTrue();
    assertThat(first.get("orphaned").isBoolean()).isTrue();
    assertThat(first.get("finished_at").asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    JsonNode attempt = first.get("history").get(0);
    assertThat(attempt.get("outcome").asString()).isEqualTo("returned");
    assertThat(attempt.get("output").asString()).startsWith("hello \"you");
    assertThat(lines.get(1).get("history").get(0).get("error").asString())
        .startsWith("java.lang.IllegalStateException: on purpose");
    assertThat(lines.get(2).get("history")).isEmpty();
  }

  @Test
  void export_eventsAsJsonLines_areTheFeed() throws IOException {
    List<JsonNode> lines = lines(Export.What.EVENTS, 7);
    assertThat(lines)
        .extracting(line -> line.get("kind").asString())
        .startsWith("owner_opened", "registered", "registered", "registered")
        .contains("cancelled", "quarantined", "done");
    assertThat(lines.get(1).get("subject").asString()).isEqualTo("ExportTest::greet");
  }

  private List<JsonNode> lines(Export.What what, long expected) throws IOException {
    StringBuilder out = new StringBuilder();
    assertThat(operator.export(what, Export.Format.JSONL, out)).isEqualTo(expected);
    return out.toString().lines().map(JSON::readTree).toList();
  }

  @Test
  void export_asCsv_isReadAgainByAnotherProgram() throws Exception {
    StringBuilder out = new StringBuilder();
    assertThat(operator.export(Export.What.FUNCTIONS, Export.Format.CSV, out)).isEqualTo(3);
    Path file = base.resolve("functions.csv");
    Files.writeString(file, out);
    String script =
        "import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1],"
            + " newline='')))))";
    Process python =
        new ProcessBuilder("python3", "-c", script, file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    JsonNode rows = JSON.readTree(python.getInputStream().readAllBytes());
    assertThat(rows).hasSize(3);
    assertThat(rows.get(0).get("job").asString()).isEqualTo("a, \"b\"");
    assertThat(JSON.readTree(rows.get(0).get("arguments").asString()).get(0).asString())
        .startsWith("you, \"there\"\nand");
    assertThat(rows.get(0).get("attempt_outcome").asString()).isEqualTo("returned");
    assertThat(rows.get(2).get("attempt_outcome").asString()).isEmpty();
    assertThat(StreamSupport.stream(rows.spliterator(), false))
        .allSatisfy(row -> assertThat(row.size()).isEqualTo(31));
  }

  /** As OWASP has it: else a spreadsheet computes what a job is called. */
  @Test
  void export_textsThatBeginLikeFormulas_areTextsInASpreadsheet() throws Exception {
    for (String name : new String[] {"=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "plain=1"}) {
      try (JobContext job = manager.openJob(name)) {
        job.defer(ExportTest::greet, "x");
      }
    }
    StringBuilder out = new StringBuilder();
    operator.export(Export.What.FUNCTIONS, Export.Format.CSV, out);
    assertThat(out)
        .contains(
            "\"'=1+1\"", "\"'+1\"", "\"'-1\"", "\"'@SUM(A1)\"", "\"'\uff1d1\"", "\"plain=1\"");
  }

  @Test
  void export_manyRows_areOneSnapshot() throws IOException {
    try (JobContext job = manager.openJob()) {
      for (int i = 0; i < 1_200; i++) {
        job.defer(ExportTest::greet, "x");
      }
      long[] lines = {0};
      Appendable writesWhileItIsRead =
          new Appendable() {
            @Override
            public Appendable append(CharSequence text) {
              if (text.toString().endsWith("}\n") && lines[0]++ == 0) {
                job.defer(ExportTest::greet, "too late");
              }
              return this;
            }

            @Override
            public Appendable append(CharSequence text, int start, int end) {
              return append(text.subSequence(start, end));
            }

            @Override
            public Appendable append(char c) {
              return this;
            }
          };
      assertThat(operator.export(Export.What.FUNCTIONS, Export.Format.JSONL, writesWhileItIsRead))
          .isEqualTo(1_203);
      assertThat(lines[0]).isEqualTo(1_203);
      StringBuilder out = new StringBuilder();
      assertThat(operator.export(Export.What.EVENTS, Export.Format.CSV, out)).isEqualTo(1_208);
    }
  }

  @Test
  void export_whereNothingCanBeWritten_throwsWhatTheWriterThrew() {
    Appendable full =
        new Appendable() {
          @Override
          public Appendable append(CharSequence text) throws IOException {
            throw new IOException("no space");
          }

          @Override
          public Appendable append(CharSequence text, int start, int end) throws IOException {
            throw new IOException("no space");
          }

          @Override
          public Appendable append(char c) throws IOException {
            throw new IOException("no space");
          }
        };
    assertThatThrownBy(() -> operator.export(Export.What.EVENTS, Export.Format.JSONL, full))
        .isInstanceOf(IOException.class)
        .hasMessage("no space");
  }

  @Test
  void backup_besideAWorker_isAWholeDatabaseOfItsOwn() throws Exception {
    Path target = base.resolve("backup.db");
    operator.backup(target);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
        .isEqualTo("rw-------");
    StoreInvariants.all().check(target);
    // Put back in place of another, it is opened like any.
    Path restored = Files.createDirectories(base.resolve("restored/deferred"));
    Files.copy(target, restored.resolve("deferred.db"));
    try (Inspector inspector = Inspector.open(base.resolve("restored"))) {
      assertThat(inspector.function(1).orElseThrow().attempts()).hasSize(1);
    }
    DeferredFunctionManager.open(base.resolve("restored")).close();
    StoreInvariants.all().check(Database.file(base.resolve("restored")));
    assertThat(base.toFile().list()).containsExactlyInAnyOrder("deferred", "backup.db", "restored");
  }

  @Test
  void backup_fileThatExists_isLeftAsItIs() throws IOException {
    Path target = base.resolve("backup.db");
    Files.writeString(target, "mine");
    assertThatThrownBy(() -> operator.backup(target))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(target + " exists, and a backup never replaces a file");
    assertThat(target).hasContent("mine");
    Files.delete(target);
    Files.writeString(base.resolve("backup.db.partial"), "of another process");
    assertThatThrownBy(() -> operator.backup(target))
        .hasMessageContaining("backup.db.partial exists");
    assertThat(base.resolve("backup.db.partial")).hasContent("of another process");
    assertThat(target).doesNotExist();
  }

  @Test
  void backup_noSuchDirectory_saysSo() {
    assertThatThrownBy(() -> operator.backup(base.resolve("none/backup.db")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot write the backup " + base.resolve("none/backup.db"));
  }
}
