package dev.lastly.fuzz.database;

import dev.lastly.fuzz.Oracle;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.internal.store.Store;
import dev.lastly.model.LastlyException;
import dev.lastly.testkit.StoreInvariants;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Damages the files of a database as each input says ({@link ByteDamage}), and has a reaper open
 * it.
 *
 * <p>What is asked: if SQLite reads what was there before, or what was there after an earlier
 * commit, everything that the dead have left is run once, nothing of the living is, and the
 * invariants hold. Otherwise there is a clear error or no error, and in either case no call is made
 * that was never deferred; unless the row has lost its checksum, too, as one of before has none.
 */
public final class DatabaseFuzz {
  private static final StoreImage IMAGE = StoreImage.ofHistory();
  private static final CallTexts CALLS = CallTexts.of(IMAGE);
  private static final Path BASE = directory();
  private static final Path DIRECTORY = BASE.resolve("deferred");
  private static final Path DATABASE = DIRECTORY.resolve("deferred.db");
  private static final Map<String, Content> PAST = past();

  private DatabaseFuzz() {}

  private static Path directory() {
    try {
      Path base = Oracle.directory("database");
      Files.createDirectory(
          base.resolve("deferred"),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return base;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** What was there after each commit. */
  private static Map<String, Content> past() {
    Map<String, Content> past = new HashMap<>();
    for (StoreImage prefix : IMAGE.prefixes()) {
      try {
        prefix.write(DIRECTORY);
        Content content = Content.of(DATABASE);
        past.put(content.text(), content);
      } catch (IOException | SQLException e) {
        throw new IllegalStateException("the history itself cannot be read", e);
      }
    }
    return past;
  }

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException, SQLException {
    StoreImage damaged = ByteDamage.apply(Oracle.bytes(input), IMAGE, CALLS.places());
    damaged.write(DIRECTORY);
    Content known = known();
    damaged.write(DIRECTORY); // reading has recovered the log
    Recorded.take();
    boolean clean = reap();
    List<String> made = new ArrayList<>(Recorded.take());
    if (known != null) {
      Oracle.require(clean, () -> "refused, although it can be read");
      String difference = difference(known.expected(), made);
      Oracle.require(difference.isEmpty(), () -> difference);
      StoreInvariants.all().check(DATABASE);
    } else {
      PAST.values().forEach(content -> made.removeAll(content.registered()));
      made.removeIf(DatabaseFuzz::hasNoChecksum);
      Oracle.require(made.isEmpty(), () -> "never deferred: " + made);
    }
  }

  /** Whether a row with that call cannot be checked: see the column's documentation. */
  private static boolean hasNoChecksum(String call) {
    String rows =
        """
        SELECT count(*) FROM deferred_function NOT INDEXED
        WHERE checksum IS NULL AND json_valid(arguments)
          AND (arguments ->> 0) || ' ' || (arguments ->> 1) = ?
        """;
    try (Connection connection = DriverManager.getConnection(SqliteFile.url(DATABASE));
        PreparedStatement statement = connection.prepareStatement(rows)) {
      statement.setString(1, call.substring(call.indexOf(' ') + 1));
      try (ResultSet row = statement.executeQuery()) {
        return row.getLong(1) > 0;
      }
    } catch (SQLException e) {
      return false; // then it is a find, and a person looks at it
    }
  }

  private static String difference(List<String> expected, List<String> made) {
    List<String> missing = new ArrayList<>(expected);
    List<String> more = new ArrayList<>();
    for (String call : made) {
      if (!missing.remove(call)) {
        more.add(call);
      }
    }
    return missing.isEmpty() && more.isEmpty() ? "" : "not made: " + missing + "; made: " + more;
  }

  private static @Nullable Content known() {
    try {
      return PAST.get(Content.of(DATABASE).text());
    } catch (SQLException e) {
      return null; // it is damaged, and SQLite says so
    }
  }

  /** Whether all went well; otherwise it must have said why. */
  private static boolean reap() {
    Engine engine;
    try {
      Map<Long, Long> locks = new HashMap<>(Map.of(FuzzedHistory.LIVING, 102L));
      engine = FuzzedHistory.open(BASE, new Kernel(200, locks));
    } catch (LastlyException e) {
      requireClear(e);
      return false;
    }
    boolean clean = clear(engine::reap);
    clean &= clear(() -> engine.openJob("another").close());
    boolean closed = clear(engine::close);
    if (!closed) {
      bury(engine);
    }
    return clean && closed;
  }

  private static boolean clear(Runnable step) {
    try {
      step.run();
      return true;
    } catch (LastlyException e) {
      requireClear(e);
      return false;
    }
  }

  private static void requireClear(LastlyException e) {
    Oracle.requireClear(e);
    Oracle.require(
        String.valueOf(e.getMessage()).contains(DIRECTORY.toString()),
        () -> "does not say which database: " + e);
  }

  /** Gives back what the end of its process would have: it could not be closed. */
  private static void bury(Engine engine) {
    try {
      Field me = Engine.class.getDeclaredField("me");
      me.setAccessible(true);
      Object membership = Objects.requireNonNull(me.get(engine));
      Method store = membership.getClass().getDeclaredMethod("store");
      store.setAccessible(true);
      Object functions = Objects.requireNonNull(store.invoke(membership));
      Field owner = functions.getClass().getDeclaredField("me");
      owner.setAccessible(true);
      Object node = Objects.requireNonNull(owner.get(functions));
      Method storeOfNode = node.getClass().getDeclaredMethod("store");
      storeOfNode.setAccessible(true);
      ((Store) Objects.requireNonNull(storeOfNode.invoke(node))).close();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("Engine.me.store().me.store() has moved", e);
    }
  }
}
