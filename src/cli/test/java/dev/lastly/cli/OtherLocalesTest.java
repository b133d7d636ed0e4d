package dev.lastly.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Locales with other digits, another calendar, and an i without a dot. */
class OtherLocalesTest {
  private static final String ARABIC = "-Duser.language=ar -Duser.country=EG";
  private static final String PERSIAN = "-Duser.language=fa -Duser.country=IR";
  private static final String THAI =
      "-Duser.language=th -Duser.country=TH -Duser.extensions=u-nu-thai";
  private static final String TURKISH = "-Duser.language=tr -Duser.country=TR";

  @TempDir private Path temp;

  private static List<String> command(String locale, String... args) {
    List<String> command = new ArrayList<>(LastlyProcess.command(args));
    command.addAll(1, List.of(locale.split(" ", -1)));
    return command;
  }

  /** Several commands in one JVM, which start sooner. */
  private void oneAfterAnother(String locale, String... commands) throws Exception {
    List<String> command = new ArrayList<>(command(locale, commands));
    command.set(command.indexOf(Lastly.class.getName()), InProcess.OneAfterAnother.class.getName());
    assertThat(run(command, 0)).doesNotContainPattern("\f[1-9]");
  }

  private String lastly(String locale, int status, String... args) throws Exception {
    return run(command(locale, args), status);
  }

  private String run(List<String> command, int status) throws Exception {
    Path out = temp.resolve("out");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
    builder
        .environment()
        .putAll(Map.of("LASTLY_STATE_DIR", temp.resolve("state").toString(), "TZ", "UTC"));
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(out, UTF_8);
    assertThat(process.exitValue()).as(String.join(" ", command) + "\n" + text).isEqualTo(status);
    assertThat(text).as(String.join(" ", command)).matches("[\\p{ASCII}…│─═·✓✗–—→“”]*");
    return text;
  }

  @ParameterizedTest
  @ValueSource(strings = {ARABIC, PERSIAN, THAI, TURKISH})
  void everyCommand_inThatLocale_worksAndWritesAsciiDigits(String locale) throws Exception {
    Path log = temp.resolve("log");
    String defer =
        String.join(" ", command(locale, "defer", "--shell", "'echo more >> " + log + "'"));
    lastly(locale, 0, "run", "--shell", "--defer", "echo one >> " + log, "--", "sh", "-c", defer);
    assertThat(log).hasContent("more\none");
    assertThat(lastly(locale, 0, "list", "--all")).contains("done").contains("1");
    assertThat(lastly(locale, 0, "list", "--all", "--json")).contains("\"id\":1");
    oneAfterAnother(
        locale,
        "status",
        "status --json",
        "show 1",
        "owners --all",
        "events",
        "events --after 0 --json",
        "reap",
        "export --format csv",
        "export",
        "prune --retention 1d",
        "backup " + temp.resolve("copy"),
        "report --html " + temp.resolve("report.html"),
        "--help",
        "list --help");
    assertThat(Files.readString(temp.resolve("report.html"))).doesNotContainPattern("[٠-٩۰-۹๐-๙]");
    lastly(locale, 2, "show", "no-number");
    StoreInvariants.all().check(temp.resolve("copy"));
  }

  @ParameterizedTest
  @ValueSource(strings = {ARABIC, PERSIAN, THAI, TURKISH})
  void defer_workerIsKilled_isReapedByOneOfAnotherLocale(String locale) throws Exception {
    Path ledger = temp.resolve("ledger");
    String[] options = locale.split(" ", -1);
    try (WorkerProcess worker = WorkerProcess.launcher().with(options).start();
        WorkerProcess heir =
            WorkerProcess.launcher().with("-Duser.language=en", "-Duser.country=US").start()) {
      worker.call("open m " + temp + " reap=0");
      worker.call("job m j");
      worker.call("defer j log " + ledger + " TITLE-fi");
      worker.kill();
      heir.call("open m " + temp + " reap=0");
      assertThat(heir.call("reap m")).isEqualTo("1");
      assertThat(ledger).content().contains("TITLE-fi");
      try (Database db = Database.read(temp)) {
        assertThat(db.rows("SELECT * FROM owner UNION ALL SELECT * FROM owner"))
            .allMatch(row -> row.chars().allMatch(c -> c < 0x80));
        assertThat(db.text("SELECT state FROM deferred_function")).isEqualTo("done");
      }
    }
    StoreInvariants.all().check(Database.file(temp));
  }

  @Test
  void reap_workersOfFourLocales_allRun() throws Exception {
    List<String> locales = Arrays.asList(ARABIC, PERSIAN, THAI, TURKISH);
    for (String locale : locales) {
      try (WorkerProcess worker = WorkerProcess.launcher().with(locale.split(" ", -1)).start()) {
        worker.call("open m " + temp + " reap=0");
        worker.call("job m j");
        worker.call("defer j log " + temp.resolve("ledger") + " x");
        worker.kill();
      }
    }
    DeferredFunctionManager.open(temp).close();
    try (Database db = Database.read(temp)) {
      assertThat(db.number("SELECT count(*) FROM deferred_function WHERE state = 'done'"))
          .isEqualTo(4);
    }
  }
}
