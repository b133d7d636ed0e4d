package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import dev.lastly.model.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes sample rows of a database. */
final class Samples {
  static final Instant START = Instant.parse("2026-03-02T08:00:00Z");

  private static final List<String> NAMES =
      List.of(
          "Cleanup::deleteTree",
          "Commands::run",
          "Cleanup::deleteFile",
          "Processes::terminate",
          "releaseLease",
          "Bucket::abortUpload");

  private static final String LEASE_HELD =
      """
      java.lang.IllegalStateException: the lease is still held by 10.0.0.7
      \tat example.Leases.release(Leases.java:41)
      \tat example.Worker.main(Worker.java:12)\
      """;

  private static @Nullable ReportData large;

  private final Random random = new Random(7);
  private final List<OwnerRow> owners = new ArrayList<>();
  private final List<FunctionRow> functions = new ArrayList<>();
  private final List<AttemptRow> attempts = new ArrayList<>();
  private final Map<Long, FunctionLife> lives = new LinkedHashMap<>();
  private Instant now = START;

  /** Several workers, of which some die, over three days. */
  static ReportData node(int ownerCount, int functionCount) {
    Samples samples = new Samples();
    int each = Math.max(1, functionCount / ownerCount);
    for (int i = 0; i < ownerCount; i++) {
      samples.worker(i, each, ownerCount);
    }
    return samples.data();
  }

  /** Made once: it takes a while. */
  static synchronized ReportData large() {
    ReportData made = large;
    if (made == null) {
      made = node(80, 10_000);
      large = made;
    }
    return made;
  }

  static ReportData empty() {
    return new Samples().data();
  }

  private void worker(int index, int functionCount, int ownerCount) {
    long id = owners.size() + 1L;
    boolean dies = index % 4 == 1 && index < ownerCount - 1;
    boolean lives = index >= ownerCount - 2;
    if (index % 5 == 0 && index > 0 && index % 4 != 2) {
      now = now.plusSeconds(40_000 + random.nextInt(20_000));
    }
    Instant opened = now;
    int jobs = Math.max(1, functionCount / 4);
    for (int job = 0; job < jobs; job++) {
      job(id, functionCount / jobs, dies && job == jobs - 1);
    }
    Instant closed = lives ? null : now.plusMillis(200);
    owners.add(
        owner(id, "worker-" + (index % 3 + 1), opened, closed, dies ? "died" : "closed", id + 1));
    now = now.plusMillis(500);
  }

  private void job(long owner, int size, boolean left) {
    now = now.plusMillis(2_000 + random.nextInt(30_000));
    Instant registered = now;
    now = now.plusMillis(3_000 + random.nextInt(20_000));
    long job = functions.size() / 4 + 1L;
    for (int i = 0; i < size; i++) {
      function(owner, job, registered.plusMillis(i * 7L), left);
    }
  }

  private void function(long owner, long job, Instant registered, boolean left) {
    long id = functions.size() + 1L;
    String name = NAMES.get(random.nextInt(NAMES.size()));
    int dice = random.nextInt(100);
    Instant start = now.plusMillis(left ? 780 : 5);
    Instant end = start.plusMillis(3 + random.nextInt(dice % 10 == 0 ? 4_000 : 90));
    FunctionState state =
        dice < 1
            ? FunctionState.QUARANTINED
            : dice < 5 ? FunctionState.CANCELLED : FunctionState.DONE;
    String error =
        state == FunctionState.QUARANTINED ? "java.io.IOException: No space left on device" : null;
    long runner = left ? owner + 1 : owner;
    int number = state == FunctionState.CANCELLED ? 0 : dice == 7 ? 2 : 1;
    String jobName = "align sample-" + (job % 40);
    FunctionRow.Draft draft = new FunctionRow.Draft();
    draft.id = id;
    draft.name = name;
    draft.state = state;
    draft.jobId = job;
    draft.job = jobName;
    draft.ownerId = runner;
    draft.ownerPid = 4_000 + runner;
    draft.ownerBootId = "8d3c1f0e-0000";
    draft.claimNo = left ? 1 : 0;
    draft.claimId = left ? (Long) owner : null;
    draft.function = "example." + name.replace("::", "#") + "(Ljava/nio/file/Path;)V";
    draft.module = "lastly-0.1.0.jar#5d1c";
    draft.arguments = "[\"/scratch/align-" + id + "\"]";
    draft.attempts = number;
    draft.maxAttempts = 10;
    draft.lastError = error;
    draft.registeredAt = registered;
    draft.finishedAt = state == FunctionState.QUARANTINED ? null : end;
    FunctionRow row = draft.row();
    functions.add(row);
    List<AttemptRow> own = new ArrayList<>();
    if (number == 2) {
      own.add(new AttemptRow(id, 1, runner, start, end, AttemptOutcome.THREW, LEASE_HELD, null));
    }
    if (number > 0) {
      own.add(
          new AttemptRow(
              id,
              number,
              runner,
              start.plusMillis(number == 2 ? 1_000 : 0),
              end.plusMillis(number == 2 ? 1_000 : 0),
              error == null ? AttemptOutcome.RETURNED : AttemptOutcome.THREW,
              error,
              null));
    }
    attempts.addAll(own);
    List<ClaimRow> claims =
        left
            ? List.of(
                new ClaimRow(
                    owner,
                    owner,
                    owner + 1,
                    now.plusMillis(720),
                    "DEAD",
                    "lock byte " + owner + " is free and process " + (4_000 + owner) + " is gone",
                    4))
            : List.of();
    if (left || number > 1 || error != null) {
      lives.put(id, new FunctionLife(row, own, claims, List.of()));
    }
  }

  static OwnerRow owner(
      long id, String label, Instant opened, @Nullable Instant closed, String reason, long by) {
    boolean died = closed != null && reason.equals("died");
    OwnerRow.Draft row = new OwnerRow.Draft();
    row.id = id;
    row.label = label;
    row.pid = 4_000 + id;
    row.startTicks = 1_234;
    row.bootId = "8d3c1f0e-1111-2222-3333-444455556666";
    row.pidNamespace = "pid:[4026531836]";
    row.uid = 1_000;
    row.host = "node-7.example";
    row.openedAt = opened;
    row.closedAt = closed;
    row.endReason = closed == null ? null : reason;
    row.endedBy = died ? by : null;
    row.evidence =
        died ? "lock byte " + id + " is free and process " + (4_000 + id) + " is gone" : null;
    row.verdict = closed == null ? Verdict.ALIVE : Verdict.DEAD;
    row.verdictEvidence = closed == null ? "lock byte " + id + " is held" : "";
    return row.row();
  }

  private ReportData data() {
    Map<FunctionState, Long> counts = new EnumMap<>(FunctionState.class);
    functions.forEach(row -> counts.merge(row.state(), 1L, Long::sum));
    long open = owners.stream().filter(owner -> owner.closedAt() == null).count();
    Status.Draft sum = new Status.Draft();
    sum.functions = counts;
    sum.ownersAlive = open;
    sum.ownersEnded = owners.size() - open;
    sum.unresolvableReasons = List.of();
    sum.waiting = List.of();
    sum.guardian =
        new Status.GuardianSight(true, 4_100L, "2026-03-01T08:00:00Z process 4100 keeps watch");
    sum.prunedFunctions = 184_220;
    sum.databaseBytes = 48_234_496;
    sum.walBytes = 4_120_032;
    sum.schemaVersion = 4;
    sum.sqliteVersion = "3.54.1";
    Status status = sum.status();
    return node(
        now.plusSeconds(30),
        "/var/lib/myapp/deferred/deferred.db",
        status,
        List.of(),
        owners,
        functions,
        attempts,
        lives);
  }

  /** The data of a page about these rows of a node. */
  static ReportData node(
      Instant madeAt,
      String database,
      Status status,
      List<String> problems,
      List<OwnerRow> owners,
      List<FunctionRow> functions,
      List<AttemptRow> attempts,
      Map<Long, FunctionLife> lives) {
    Map<Object, ReportLife> shown = new LinkedHashMap<>();
    lives.forEach((id, life) -> shown.put(id, NodeData.life(life)));
    return new ReportData(
        madeAt,
        StorePlace.node(database),
        NodeData.totals(status, problems),
        problems,
        null,
        owners.stream().map(NodeData::owner).toList(),
        functions.stream().map(NodeData::function).toList(),
        attempts.stream().map(NodeData::attempt).toList(),
        shown);
  }

  /** One of everything, as a page of a fleet: functions have UUIDs and hosts. */
  static ReportData fleet() {
    ReportData page = Everything.saying("averylongnamewithoutanyspace".repeat(20));
    List<ReportFunction> functions = new ArrayList<>();
    for (ReportFunction row : page.functions()) {
      functions.add(
          new ReportFunction(
              uuid(row.id()),
              row.state(),
              row.call(),
              new ReportFunction.InJob(uuid(row.job().id()), row.job().name()),
              new ReportFunction.Holder(
                  uuid(row.holder().id()), row.holder().pid(), row.name(), true, 1),
              row.course(),
              row.waiting()));
    }
    return new ReportData(
        page.madeAt(),
        StorePlace.fleet("a fleet", ""),
        page.totals(),
        List.of(),
        new ReportNodes(
            1, 1, 0, List.of(node(START, OwnerEnding.ALIVE), node(START, OwnerEnding.UNKNOWN))),
        page.owners(),
        functions,
        List.of(
            new ReportAttempt(
                uuid(4L), 1, uuid(3L), START, START, AttemptOutcome.THREW, "an error", null)),
        Map.of());
  }

  private static ReportNodes.NodeLife node(Instant opened, OwnerEnding ending) {
    return new ReportNodes.NodeLife(
        uuid(1L),
        "h".repeat(200),
        "m".repeat(200),
        opened,
        "silent",
        ending,
        "good for 3 s",
        "e",
        1,
        2);
  }

  private static UUID uuid(Object number) {
    return new UUID(0x0190_0000_0000_7000L, (Long) number);
  }

  /** The same page with other functions. */
  static ReportData with(ReportData page, List<ReportFunction> functions) {
    return new ReportData(
        page.madeAt(),
        page.place(),
        page.totals(),
        page.problems(),
        page.nodes(),
        page.owners(),
        functions,
        page.attempts(),
        page.lives());
  }
}
