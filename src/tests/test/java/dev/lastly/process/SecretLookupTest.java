package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.JobContext;
import dev.lastly.model.Secret;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.Worker;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A secret reaches the function in whichever process runs it, and no file of the directory. */
class SecretLookupTest {
  private static final String TOKEN = "t0ken-that-must-not-be-stored";

  @TempDir private Path base;

  /** Registers what needs a token. */
  public static final class Registering implements Worker.Plugin {
    /** A token in a record, beside plain values. */
    public record Account(String name, List<Secret> tokens) {}

    @Override
    public void defer(JobContext job, Path ledger, String tag) {
      Secret token = Secret.environment("TOKEN");
      job.defer(Registering::log, ledger, tag, token);
      job.defer(Registering::logIn, ledger, new Account(tag + "-nested", List.of(token)));
    }

    static void log(Path ledger, String tag, Secret token) throws IOException {
      Ledger.append(ledger, tag + "=" + token.text());
    }

    static void logIn(Path ledger, Account account) throws IOException {
      log(ledger, account.name(), account.tokens().get(0));
    }
  }

  /** Registers what does not keep it. */
  public static final class Leaking implements Worker.Plugin {
    @Override
    public void defer(JobContext job, Path ledger, String tag) {
      Secret token = Secret.environment("TOKEN");
      job.defer(Leaking::fail, token);
      job.defer(Leaking::failElsewhere, token);
      job.defer(Leaking::failAtLength, token);
      job.defer(Leaking::answer, token);
    }

    static void fail(Secret token) {
      throw new IllegalStateException("no login with " + token.text() + "!");
    }

    static void failElsewhere(Secret token) throws Exception {
      Callable<String> leak = () -> "GET /?token=" + token.text();
      ExecutorService another = Executors.newSingleThreadExecutor();
      try {
        throw new IOException("first line", new IOException(another.submit(leak).get()));
      } finally {
        another.shutdown();
      }
    }

    /** What is recorded, 4,096 characters, ends within a value. */
    static void failAtLength(Secret token) {
      throw new IllegalStateException("y".repeat(3_900) + token.text().repeat(20));
    }

    static String answer(Secret token) {
      return "logged in with " + token.text();
    }
  }

  private WorkerProcess start(Map<String, String> environment) throws Exception {
    return WorkerProcess.launcher().environment(environment).start();
  }

  private String plugin(Path ledger) {
    return "plugin job " + Registering.class.getName() + " " + ledger + " deleted";
  }

  @Test
  void defer_secretOfTheEnvironment_isNowhereInTheDirectoryAndWaitsForAProcessThatHasIt()
      throws Exception {
    Path ledger = base.resolveSibling(base.getFileName() + "-ledger");
    try (WorkerProcess has = start(Map.of("TOKEN", TOKEN))) {
      has.call("open m " + base + " reap=0");
      has.call("job m job");
      has.call(plugin(ledger));
      has.kill();
    }
    assertThat(content(base.resolve("deferred"))).contains("TOKEN").doesNotContain(TOKEN);
    try (WorkerProcess lacks = start(Map.of())) {
      lacks.call("open m " + base + " reap=0");
      assertThat(lacks.call("reap m")).isEqualTo("0");
      assertThat(lacks.errors()).contains("the environment variable TOKEN is not set");
      lacks.call("close m");
    }
    try (Database db = Database.read(base)) {
      assertThat(db.text("SELECT sum(attempts) FROM deferred_function")).isEqualTo("0");
    }
    try (WorkerProcess has = start(Map.of("TOKEN", TOKEN))) {
      has.call("open m " + base + " reap=0");
      assertThat(has.call("reap m")).isEqualTo("2");
      assertThat(new Ledger(ledger).tags())
          .containsExactly("deleted-nested=" + TOKEN, "deleted=" + TOKEN);
      assertThat(has.errors()).doesNotContain(TOKEN);
    }
    assertThat(content(base.resolve("deferred"))).doesNotContain(TOKEN);
  }

  @Test
  void functionThatThrowsOrReturnsItsSecret_recordsTheReferenceOnly() throws Exception {
    try (WorkerProcess worker = start(Map.of("TOKEN", TOKEN))) {
      worker.call("open m " + base + " reap=0 attempts=1");
      worker.call("job m job");
      worker.call("plugin job " + Leaking.class.getName() + " " + base + " x");
      worker.call("end job");
      assertThat(worker.errors()).contains("no login with").doesNotContain(TOKEN);
      worker.kill();
    }
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT count(*) FROM deferred_function WHERE state = 'quarantined'"))
          .containsExactly("3");
      assertThat(db.text("SELECT output FROM deferred_function WHERE state = 'done'"))
          .isEqualTo("logged in with Secret(environment variable TOKEN)");
    }
    assertThat(content(base.resolve("deferred")))
        .contains("no login with Secret(environment variable TOKEN)!", "GET /?token=Secret(")
        .doesNotContain(TOKEN.substring(0, TOKEN.length() / 2));
  }

  @Test
  void defer_processLacksTheSecret_isRefused() throws Exception {
    try (WorkerProcess lacks = start(Map.of())) {
      lacks.call("open m " + base + " reap=0");
      lacks.call("job m job");
      assertThat(lacks.refused(plugin(base.resolve("ledger"))))
          .contains("FunctionRefusedException")
          .contains("the environment variable TOKEN is not set");
    }
  }

  private static String content(Path directory) throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    return all.toString();
  }
}
