package dev.lastly.internal.store;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.FunctionStore.JobDraft;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.store.FunctionTable.RowFence;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.Order;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/** Opens stores on real files, and looks at them with a connection of its own. */
final class TestStore {
  static final OwnerIdentity ME = new OwnerIdentity(100, 7, "boot-1", "pid:[1]", 1000, "node");
  static final EncodedCall CALL =
      new EncodedCall(
          "Cleanup::run",
          new FunctionReference("com.acme.Cleanup", "run", "()V"),
          null,
          "/app.jar#0123456789abcdef",
          "[]");

  private TestStore() {}

  static Path database(Path directory) {
    return directory.resolve("deferred.db");
  }

  static Store open(Path directory) {
    return open(directory, UnaryOperator.identity());
  }

  static Store open(Path directory, UnaryOperator<DataSource> wrapper) {
    return open(directory, Duration.ofSeconds(10), wrapper);
  }

  static Store open(Path directory, Duration timeout, UnaryOperator<DataSource> wrapper) {
    return Store.open(new StoreConfig(database(directory), timeout, () -> () -> {}, wrapper));
  }

  static long owner(Store store) {
    return store.registerOwner(ME, 1, "", 1_000, id -> true);
  }

  /** A job of an owner. */
  record Job(JobDraft draft, long owner) {}

  /** A job in which nothing has been registered. */
  static Job newJob(long owner) {
    return new Job(new JobDraft(null, "job", new Moment(1_000)), owner);
  }

  static Job job(long row, long owner, long openedAt) {
    return new Job(new JobDraft(new JobId(row), "job", new Moment(openedAt)), owner);
  }

  static Registered register(
      Store store, Job job, EncodedCall call, int maxAttempts, long now, boolean toDevice) {
    return store.register(
        job.draft(), job.owner(), ME, Registration.of(call, maxAttempts), now, toDevice);
  }

  /** Records and begins for the owner of these functions. */
  static AttemptStep.Result advance(Store store, AttemptStep step, long now) {
    long me =
        !step.next().isEmpty()
            ? RowFence.of(step.next().get(0)).ownerId()
            : step.ended().isEmpty() ? 0 : RowFence.of(step.ended().get(0).function()).ownerId();
    return store.advance(step, me, ME, now);
  }

  /** Answers what the owner left in the middle of an attempt, and gives all that is due. */
  static List<StoredFunction> orphans(Store store, long owner, long now) {
    List<StoredFunction> cutOff =
        store.orphans(owner, Order.REGISTRATION, 0, 0, now, 999).stream()
            .filter(Orphan::cutOff)
            .map(Orphan::function)
            .toList();
    store.answerCutOff(cutOff, f -> Duration.ZERO, now);
    return store.orphans(owner, Order.REGISTRATION, 0, 0, now, 999).stream()
        .map(Orphan::function)
        .toList();
  }

  /** Claims, and so begins, the orphans of an owner; those that may share it together. */
  static List<StoredFunction> claim(Store store, long from, long to, long now) {
    List<StoredFunction> claimed = new ArrayList<>();
    List<StoredFunction> together = new ArrayList<>();
    for (StoredFunction f : orphans(store, from, now)) {
      if (!together.isEmpty() && !AttemptStep.mayShare(together.get(0), f)) {
        claimed.addAll(claim(store, together, to, now));
        together.clear();
      }
      together.add(f);
    }
    claimed.addAll(claim(store, together, to, now));
    store.settle(from);
    return claimed;
  }

  private static List<StoredFunction> claim(
      Store store, List<StoredFunction> together, long to, long now) {
    AttemptStep step = new AttemptStep(List.of(), together, null);
    return store.advance(step, to, ME, now).started();
  }

  static Connection connect(Path directory) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + database(directory));
  }

  static void execute(Path directory, String... statements) throws SQLException {
    try (Connection connection = connect(directory);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** The rows, each as its columns joined by a bar. */
  static List<String> query(Path directory, String sql) throws SQLException {
    try (Connection connection = connect(directory);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          columns.add(String.valueOf(rows.getString(i)));
        }
        lines.add(String.join("|", columns));
      }
      return lines;
    }
  }
}
