package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.Readers;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadersTest {
  private static final String COUNT = "SELECT count(*) FROM owner";

  @TempDir private Path directory;
  private Readers readers;

  @BeforeEach
  void open() {
    Path database = TestStore.database(directory);
    TestStore.open(directory).close();
    OpenedFile place = new OpenedFile(database);
    readers =
        new Readers(
            SqliteSource.reader(database, 1_000, place), database, place, Duration.ofSeconds(10));
  }

  @AfterEach
  void close() {
    readers.close();
  }

  /** The work that is done at the same time. */
  private interface Action {
    void run() throws Exception;
  }

  private long count() {
    return readers.read("count", db -> db.number(COUNT));
  }

  /** Runs something while another thread is in the middle of a read. */
  private void whileAnotherReads(Action action) throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    FutureTask<Boolean> other =
        new FutureTask<>(
            () ->
                readers.read(
                    "wait",
                    db -> {
                      reading.countDown();
                      return awaited(done);
                    }));
    new Thread(other).start();
    reading.await();
    try {
      action.run();
    } finally {
      done.countDown();
    }
    assertThat(other.get()).isTrue();
  }

  private static boolean awaited(CountDownLatch latch) throws SQLException {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      throw new SQLException(e);
    }
  }

  @Test
  void read_whileAnotherThreadReads_doesNotWaitForIt() throws Exception {
    whileAnotherReads(() -> assertThat(count()).isZero());
    assertThat(count()).isZero();
  }

  @Test
  void read_interruptedWhileAnotherThreadReads_succeedsAndKeepsTheFlag() throws Exception {
    whileAnotherReads(
        () -> {
          Thread.currentThread().interrupt();
          long count = count();
          assertThat(Thread.interrupted()).isTrue();
          assertThat(count).isZero();
        });
  }

  @Test
  void read_afterAFailure_opensAnotherConnection() throws Exception {
    assertThatThrownBy(() -> readers.read("fail", db -> db.number("SELECT * FROM nothing")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot fail in " + TestStore.database(directory));
    assertThat(count()).isZero();
    whileAnotherReads(
        () ->
            assertThatThrownBy(() -> readers.read("fail", db -> db.number("SELECT * FROM nothing")))
                .isInstanceOf(StoreException.class));
    assertThat(count()).isZero();
  }

  @Test
  void read_ofAReader_cannotWrite() {
    assertThatThrownBy(() -> readers.read("write", db -> db.update("DELETE FROM owner")))
        .hasMessageContaining("readonly");
  }

  @Test
  void dataVersion_anotherHasCommitted_isAnotherOne() {
    long before = readers.dataVersion();
    assertThat(readers.dataVersion()).isEqualTo(before);
    try (Store store = TestStore.open(directory)) {
      TestStore.owner(store);
    }
    assertThat(readers.dataVersion()).isNotEqualTo(before);
  }

  /**
   * Each connection of SQLite's counts from the beginning. Were the numbers of another one taken
   * for those of the first, a worker would believe that it knows what has been committed since.
   */
  @Test
  void dataVersion_afterItsConnectionBroke_isNoneOfThoseBefore() throws Exception {
    List<Connection> opened = new ArrayList<>();
    Path database = TestStore.database(directory);
    DataSource real = SqliteSource.reader(database, 1_000, new OpenedFile(database));
    try (Readers recorded =
        new Readers(
            recording(real, opened), database, new OpenedFile(database), Duration.ofSeconds(10))) {
      long before = recorded.dataVersion();
      opened.get(0).close();
      assertThatThrownBy(recorded::dataVersion).isInstanceOf(StoreException.class);
      assertThat(recorded.dataVersion()).isNotEqualTo(before).isEqualTo(recorded.dataVersion());
      assertThat(opened).hasSize(2);
    }
  }

  /** As when a manager is closed while other threads ask for the state of functions. */
  @RepeatedTest(20)
  void close_besideThreadsThatRead_leavesNoConnectionOpenAndNoThreadWaiting() throws Exception {
    List<Connection> opened = Collections.synchronizedList(new ArrayList<>());
    Path database = TestStore.database(directory);
    DataSource real = SqliteSource.reader(database, 1_000, new OpenedFile(database));
    Readers many =
        new Readers(
            recording(real, opened), database, new OpenedFile(database), Duration.ofSeconds(20));
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CountDownLatch begun = new CountDownLatch(threads);
    try {
      for (int i = 0; i < threads; i++) {
        pool.execute(
            () -> {
              begun.countDown();
              try {
                while (true) {
                  long unused = many.read("count", db -> db.number("SELECT count(*) FROM owner"));
                }
              } catch (StoreException e) {
                assertThat(e).hasMessageContaining("has been closed by this manager");
              }
            });
      }
      begun.await();
      many.close();
      pool.shutdown();
      assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).as("no reader waits").isTrue();
      for (Connection connection : List.copyOf(opened)) {
        assertThat(connection.isClosed()).isTrue();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static DataSource recording(DataSource real, List<Connection> opened) {
    return (DataSource)
        Proxy.newProxyInstance(
            ReadersTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (self, method, arguments) -> {
              Object result = method.invoke(real, arguments);
              if (result instanceof Connection connection) {
                opened.add(connection);
              }
              return result;
            });
  }

  @Test
  void afterClose_whatWasOpenOrNot_saysThatItIsClosed() throws Exception {
    whileAnotherReads(this::count); // so that there is a pool as well
    readers.close();
    assertThatThrownBy(this::count)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has been closed by this manager");
    assertThatThrownBy(readers::dataVersion)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has been closed by this manager");
  }

  @Test
  void close_whileAThreadReads_waitsForIt() throws Exception {
    FutureTask<Boolean> closing =
        new FutureTask<>(
            () -> {
              readers.close();
              return true;
            });
    Thread closer = new Thread(closing);
    whileAnotherReads(
        () -> {
          closer.start();
          Await.until("it waits", () -> closer.getState() == Thread.State.WAITING);
          assertThat(closing).isNotDone();
        });
    assertThat(closing.get()).isTrue();
  }
}
