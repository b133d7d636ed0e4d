package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.model.Precondition;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** User code around a call that hangs, in real processes that are being closed. */
@SuppressWarnings({"DoNotCallSuggester", "OverrideThrowableToString"}) // what is called by rows
@Tag("campaign")
class HangingCodeTest {
  /** Far longer than any of these processes takes if it does not hang. */
  private static final long DEADLINE_SECONDS = 25;

  private static final Duration LIMIT = Duration.ofMillis(300);
  private static final Duration AGES = Duration.ofHours(1);

  @TempDir private Path base;

  /** What hangs. */
  enum Kind {
    RESULT(""),
    MESSAGE("describing its failure"),
    NAME("describing its failure"),
    TRACE("describing its failure"),
    CAUSE("describing its failure"),
    INPUT("describing its failure"),
    RECORD("binding its arguments"),
    INSIDE("binding its arguments"),
    PRECONDITION("asking its precondition");

    private final String phase;

    Kind(String phase) {
      this.phase = phase;
    }

    DeferredHandle register(JobContext job) {
      return switch (this) {
        case RESULT -> job.defer(Functions::result, "x");
        case MESSAGE -> job.defer(Functions::message, "x");
        case NAME -> job.defer(Functions::name, "x");
        case TRACE -> job.defer(Functions::trace, "x");
        case CAUSE -> job.defer(Functions::cause, "x");
        case INPUT -> job.defer(Functions::input, "x");
        case RECORD -> job.defer(Functions::record, new Slow("x"));
        case INSIDE -> job.defer(Functions::inside, List.of(new Slow("x")));
        case PRECONDITION -> job.defer(Functions::precondition, "x");
      };
    }
  }

  /** The process. */
  static final class Program {
    private Program() {}

    /** Registers and closes, or registers and dies, or runs what that has left. */
    public static void main(String[] args) throws Exception {
      Path base = Path.of(args[0]);
      Path ledger = base.resolve("ledger");
      Settings settings =
          Settings.builder()
              .reapInterval(Duration.ZERO)
              .functionTimeout(LIMIT)
              .retry(RetryPolicy.builder().initialBackoff(AGES).maxBackoff(AGES).build())
              .build();
      Hang.armed = args[1].equals("inherit");
      try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
          JobContext job = manager.openJob("j")) {
        if (!args[1].equals("inherit")) {
          job.defer(Ledger::append, ledger, "oldest");
          DeferredHandle unused = Kind.valueOf(args[2]).register(job);
          job.defer(Ledger::append, ledger, "newest");
        }
        if (args[1].equals("leave")) {
          Runtime.getRuntime().halt(9);
        }
        Hang.armed = true;
      }
      System.out.println("closed");
    }
  }

  /** What never ends, and may not heed an interrupt either. */
  static final class Hang {
    static volatile boolean armed;
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private Hang() {}

    static String here() {
      while (armed) {
        try {
          NEVER.await();
        } catch (InterruptedException e) {
          if (!Boolean.getBoolean("lastly.stubborn")) {
            throw new IllegalStateException("interrupted", e);
          }
        }
      }
      return "";
    }
  }

  /** An argument whose constructor hangs. */
  record Slow(String tag) {
    Slow {
      tag += Hang.here();
    }
  }

  private static final class SlowMessage extends Exception {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      return Hang.here();
    }
  }

  private static final class SlowName extends Error {
    private static final long serialVersionUID = 1L;

    @Override
    public String toString() {
      return Hang.here();
    }
  }

  private static final class SlowTrace extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public void printStackTrace(PrintWriter out) {
      out.println(Hang.here());
    }

    @Override
    public void printStackTrace(PrintStream out) {
      out.println(Hang.here());
    }
  }

  private static final class SlowCause extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public synchronized Throwable getCause() {
      return new IllegalStateException(Hang.here());
    }
  }

  private static final class SlowInput extends InvalidPathException {
    private static final long serialVersionUID = 1L;

    SlowInput() {
      super("a", "b");
    }

    @Override
    public String getInput() {
      return Hang.here();
    }
  }

  /** What the rows call. */
  static final class Functions {
    private Functions() {}

    static Object result(String tag) {
      return new Object() {
        @Override
        public String toString() {
          return tag + Hang.here();
        }
      };
    }

    static void message(String tag) throws SlowMessage {
      throw new SlowMessage();
    }

    static void name(String tag) {
      throw new SlowName();
    }

    static void trace(String tag) {
      throw new SlowTrace();
    }

    static void cause(String tag) {
      throw new SlowCause();
    }

    static void input(String tag) {
      throw new SlowInput();
    }

    static void record(Slow argument) {}

    static void inside(List<Slow> arguments) {}

    @Precondition("requireNothing")
    static void precondition(String tag) {}

    static void requireNothing(String tag) {
      String unused = Hang.here();
    }
  }

  private String run(List<String> options, String... args) throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command(options, List.of()));
    command.addAll(List.of(Program.class.getName(), base.toString()));
    command.addAll(List.of(args));
    Path output = base.resolve("output-" + args[0]);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly().waitFor();
    String said = Files.readString(output);
    assertThat(ended).as("%s ended in time; it said%n%s", List.of(args), said).isTrue();
    return said;
  }

  private String state() throws Exception {
    try (Database db = Database.read(base)) {
      return db.text("SELECT state || ' ' || attempts FROM deferred_function WHERE id = 2");
    }
  }

  private String reason() throws Exception {
    try (Database db = Database.read(base)) {
      return db.text(
          "SELECT coalesce(unresolvable, last_error) FROM pending_function WHERE id = 2");
    }
  }

  private List<String> ran() throws Exception {
    return new Ledger(base.resolve("ledger")).tags();
  }

  private void assertEnded(Kind kind) throws Exception {
    if (kind == Kind.RESULT) {
      assertThat(state()).isEqualTo("done 1");
    } else {
      assertThat(state()).startsWith("retry_wait ");
      assertThat(reason()).contains(kind.phase + " took longer than PT2S");
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void close_codeAroundTheCallHangs_endsAndRunsTheOthers(Kind kind) throws Exception {
    assertThat(run(List.of("-Dlastly.stubborn=true"), "close", kind.name())).contains("closed");
    assertThat(ran()).containsExactly("newest", "oldest");
    assertEnded(kind);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"RESULT", "MESSAGE", "RECORD"})
  void close_codeAroundTheCallHeedsItsInterrupt_endsAlike(Kind kind) throws Exception {
    assertThat(run(List.of(), "close", kind.name())).contains("closed");
    assertThat(ran()).containsExactly("newest", "oldest");
    assertEnded(kind);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"RESULT", "RECORD", "PRECONDITION"})
  void openJob_lookAtAnOrphanHangs_claimsTheOthersAndLeavesItWithTheReason(Kind kind)
      throws Exception {
    run(List.of(), "leave", kind.name());
    assertThat(run(List.of("-Dlastly.stubborn=true"), "inherit")).contains("closed");
    assertThat(ran()).containsExactly("newest", "oldest");
    if (kind == Kind.RESULT) {
      assertThat(state()).isEqualTo("done 1");
    } else {
      assertThat(state()).isEqualTo("deferred 0");
      try (Database db = Database.read(base)) {
        assertThat(db.text("SELECT unresolvable FROM orphaned_function"))
            .isEqualTo(kind.phase + " took longer than PT2S");
      }
    }
  }
}
