package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.Inspector;
import dev.lastly.internal.audit.Audit;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.FunctionRow;
import dev.lastly.report.HtmlReport;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orphans that this program cannot run: everything that looks says so, and why. */
class WaitingTextTest {
  private static final String REASON = "its class is not on the class path of this process";

  @TempDir private Path state;

  /** Functions 2 and 3 call what only another release has; 1 can be run here. */
  @BeforeEach
  void leaveOrphans() throws Exception {
    Ledger ledger = new Ledger(Files.createTempDirectory("waiting").resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      long owner = Long.parseLong(worker.call("open m " + state));
      worker.call("job m j");
      worker.call("defer j log %s f".formatted(ledger.file()));
      try (Audit audit = Audit.open(state, "deferred", Set.of())) {
        for (String method : List.of("one", "two")) {
          audit.register(owner, 1, gone(method));
        }
      }
      worker.kill();
    }
  }

  private static EncodedCall gone(String method) {
    FunctionReference function = FunctionReference.parse("com.example.Gone#" + method + "()V");
    return new EncodedCall("Gone::" + method, function, null, "gone-1.0.jar#1234", "[]");
  }

  private FunctionRow row(long id) {
    try (Inspector inspector = Inspector.open(state)) {
      return inspector.functions(FunctionFilter.all(), id - 1, 1).get(0);
    }
  }

  @Test
  void everyLook_orphansThatOnlyAnotherReleaseCanRun_saysWhyAndWhatHelps() throws Exception {
    LastlyProcess.Result reap = InProcess.run(state, "reap");
    assertThat(reap.status()).isEqualTo(1);
    assertThat(reap.out())
        .startsWith("ran 1 function\n")
        .contains("2 functions of dead workers wait for a process that can run them", REASON)
        .contains("or run \"lastly reap --class-path JARS --state-dir " + state + "\"")
        .contains("lastly quarantine 2 --reason TEXT");
    assertThat(InProcess.run(state, "reap", "--json").out())
        .contains("\"orphans\":2,\"unresolvable\":2");

    LastlyProcess.Result status = InProcess.run(state, "status");
    assertThat(status.status()).isEqualTo(1);
    assertThat(status.out())
        .contains("2 of them for a process that can run them", "com.example.Gone#one", REASON)
        .contains("lastly reap --class-path JARS");
    assertThat(InProcess.run(state, "status", "--json").out())
        .contains("\"concerns\":[\"unresolvable\"]", "\"unresolvable\":2");

    assertThat(InProcess.run(state, "list").out())
        .contains("deferred !", "'lastly reap') cannot run it: com.example.Gone#one", REASON);
    assertThat(InProcess.run(state, "list", "--json").out()).contains("\"unresolvable\":\"");
    assertThat(InProcess.run(state, "show", "2").out())
        .containsPattern("waiting    owner 2 .process \\d+ 'lastly reap'. cannot run it: com")
        .contains(REASON)
        .contains("from       gone-1.0.jar#1234", "lastly quarantine 2 --reason TEXT");
    LastlyProcess.Result doctor = InProcess.run(state, "doctor");
    assertThat(doctor.out()).contains(REASON, "lastly reap --class-path JARS");
    assertThat(doctor.status()).isEqualTo(1);

    Path page = state.resolve("page.html");
    try (Inspector inspector = Inspector.open(state)) {
      HtmlReport.write(inspector, page);
      assertThat(inspector.status().unresolvable()).isEqualTo(2);
      assertThat(inspector.status().unresolvableReasons())
          .hasSize(2)
          .allMatch(r -> r.contains(REASON));
    }
    assertThat(Files.readString(page))
        .contains("2 orphans wait for a process that can run them.", REASON)
        .contains("<code>lastly reap --class-path JARS --state-dir ");
    assertThat(row(1).unresolvable()).isNull();
    assertThat(row(2).unresolvable()).contains(REASON);
  }

  @Test
  void quarantine_orphanThatNoProcessWillRun_isGivenUpStepByStep() throws Exception {
    LastlyProcess.Result early = InProcess.run(state, "quarantine", "2", "--reason", "gone");
    assertThat(early.status()).as("its death is not recorded").isEqualTo(1);
    assertThat(early.out()).contains("has an owner that has not ended");
    InProcess.run(state, "reap");
    LastlyProcess.Result dry =
        InProcess.run(state, "quarantine", "2", "3", "--reason", "gone", "--dry-run");
    assertThat(dry.out()).contains("function 2 is quarantined", "function 3 is quarantined");
    assertThat(row(2).orphaned()).isTrue();
    assertThat(InProcess.run(state, "quarantine", "2", "3", "--reason", "gone").status()).isZero();
    assertThat(row(2).unresolvable()).isNull();
    assertThat(InProcess.run(state, "show", "2").out())
        .contains("function 2: Gone::one, quarantined", "quarantine by", ": gone");
    assertThat(InProcess.run(state, "discard", "2", "3", "--reason", "by hand").status()).isZero();
    assertThat(InProcess.run(state, "status").status()).isZero();
  }

  @Test
  void status_orphansOfBothKinds_advisesForEach() throws Exception {
    InProcess.run(state, "reap");
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + state + " reap=0");
      worker.call("job m j");
      worker.call("defer j log %s f".formatted(state.resolve("ledger")));
      worker.kill();
    }
    assertThat(InProcess.run(state, "status").out())
        .contains("2 functions of dead workers wait for a process that can run them")
        .contains("1 function of dead workers waits for a worker: owner 3 is gone: lock byte 3")
        .contains("To do: start a worker, or run \"lastly reap --class-path ");
  }

  @Test
  void list_functionThatItsLivingOwnerCannotRun_saysThatItWaitsForAnother() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      String owner = worker.call("open m " + state);
      worker.call("job m k");
      String id = worker.call("defer k able %s f".formatted(state.resolve("ledger")));
      worker.call("end k");
      String waits =
          "the process of owner %s cannot run it; it waits for another process: ".formatted(owner);
      String why = "only a process with lastly.able runs this";
      assertThat(InProcess.run(state, "list").out()).contains(waits).contains(why);
      assertThat(InProcess.run(state, "show", id).out())
          .contains("waiting    " + waits)
          .contains("did not count, after ", "the process of owner " + owner + " cannot run it")
          .contains(why);
    }
  }
}
