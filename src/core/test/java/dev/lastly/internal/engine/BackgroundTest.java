package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.model.Action;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The background thread that looks for deaths, when the JVM itself fails. */
@SuppressWarnings("serial") // the functions here are never serialized
final class BackgroundTest {
  @TempDir private Path base;

  @Test
  void lookout_anErrorOfTheJvm_doesNotEndTheLookingForGood() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    Settings settings =
        Settings.builder()
            .reapInterval(Duration.ofMillis(20))
            .onShutdown(OnShutdown.NOTHING)
            .build();
    Node.Seams seams =
        new Node.Seams(
            path -> inTrouble(Owners.open(path), looks),
            InstantSource.system(),
            UnaryOperator.identity());
    try (Engine engine = Node.open(base, "deferred", settings, seams)) {
      Await.until("owner " + engine.ownerId() + " looks again", () -> looks.get() > 1);
    }
  }

  /** Each call of the lookout's to what it asks throws something else, and it is interrupted. */
  private static final class Trouble {
    private static final List<Supplier<Throwable>> KINDS =
        List.of(
            () -> new OutOfMemoryError("on purpose"),
            () -> new Error("as ThreadDeath"),
            StackOverflowError::new,
            () -> new IllegalStateException("on purpose"));

    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private volatile boolean on = true;

    <T> T around(Class<T> type, T real) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                if (Thread.currentThread().getName().startsWith("lastly-lookout")) {
                  calls.incrementAndGet();
                  if (on) {
                    Thread.currentThread().interrupt();
                    throw KINDS.get(failures.getAndIncrement() % KINDS.size()).get();
                  }
                }
                return method.invoke(real, arguments);
              }));
    }
  }

  private Engine open(Trouble trouble) {
    Settings settings =
        Settings.builder()
            .reapInterval(Duration.ofMillis(10))
            .onShutdown(OnShutdown.NOTHING)
            .build();
    return Node.open(
        base,
        "deferred",
        settings,
        new Node.Seams(
            path -> {
              Owners real = Owners.open(path);
              return Owners.with(
                  new AloneOnNode(real), trouble.around(Owners.OwnerLocks.class, real.locks()));
            },
            InstantSource.system(),
            UnaryOperator.identity()));
  }

  @Test
  void lookout_everyCallThrowsAndEveryWaitIsInterrupted_looksAgainAfterwards() throws Exception {
    Trouble trouble = new Trouble();
    try (Engine engine = open(trouble)) {
      Await.until("all kinds of trouble", () -> trouble.failures.get() > 2 * Trouble.KINDS.size());
      trouble.on = false;
      int calls = trouble.calls.get();
      Await.until("owner " + engine.ownerId() + " looks", () -> trouble.calls.get() > calls + 3);
    }
  }

  @Test
  @Timeout(20)
  void close_whileEveryCallOfTheLookoutThrows_ends() throws Exception {
    Trouble trouble = new Trouble();
    trouble.on = false;
    Engine engine = open(trouble);
    Await.until("it watches", () -> trouble.calls.get() > 3);
    trouble.on = true;
    Await.until("it is in trouble", () -> trouble.failures.get() > 3);
    engine.close(); // which leaves the watch: that fails in the lookout's own thread
    try (Engine next = open(trouble)) {
      trouble.on = false;
      Await.until("the next is the watcher", () -> trouble.calls.get() > 0);
      assertThat(next.ownerId().row()).isGreaterThan(engine.ownerId().row());
    }
  }

  /** A job waits for the store, which would mean fifty tries a second. */
  @Test
  void lookout_storeRefusesEachWrite_triesAFewTimesPerInterval() throws Exception {
    List<Long> refused = new CopyOnWriteArrayList<>(); // when, in nanoseconds
    AtomicBoolean refusing = new AtomicBoolean();
    Settings settings =
        Settings.builder()
            .reapInterval(Duration.ofMillis(500))
            .onShutdown(OnShutdown.NOTHING)
            .build();
    Node.Seams seams =
        new Node.Seams(
            Owners::open, InstantSource.system(), source -> refusing(source, refusing, refused));
    try (Engine engine = Node.open(base, "deferred", settings, seams)) {
      Engine.JobSession job = engine.openJob("left");
      FunctionId unused = job.defer(Codec.encode((Action.Of0) BackgroundTest::run, List.of()));
      refusing.set(true);
      assertThatThrownBy(job::close).isInstanceOf(StoreException.class);
      int before = refused.size();
      // Three kinds of work write in an interval: it reaps, observes the clock and sees to the
      // file.
      Await.until("it has tried for a while", () -> refused.size() > before + 9);
      assertThat(refused.get(before + 9) - refused.get(before))
          .isGreaterThan(Duration.ofMillis(900).toNanos());
      refusing.set(false);
      Await.until("it has run what is left", ran::get);
    }
  }

  private static final AtomicBoolean ran = new AtomicBoolean();

  static void run() {
    ran.set(true);
  }

  /** Its connections cannot take the write lock, for a reason that SQLite does not explain. */
  private static DataSource refusing(DataSource real, AtomicBoolean refusing, List<Long> refused) {
    return proxy(
        DataSource.class,
        real,
        (method, arguments, result) -> {
          if (!(result instanceof Connection connection)) {
            return result;
          }
          return proxy(
              Connection.class,
              connection,
              (call, words, statement) -> {
                boolean write =
                    call.getName().equals("prepareStatement")
                        && words != null
                        && words[0].equals("BEGIN IMMEDIATE");
                return write && statement instanceof PreparedStatement begin
                    ? proxy(
                        PreparedStatement.class,
                        begin,
                        (execute, none, done) -> {
                          if (execute.getName().equals("execute") && refusing.get()) {
                            refused.add(System.nanoTime());
                            throw new SQLException("refused on purpose");
                          }
                          return done;
                        })
                    : statement;
              });
        });
  }

  /** What happens after a call. */
  private interface After {
    @Nullable Object of(Method method, Object @Nullable [] arguments, @Nullable Object result)
        throws SQLException;
  }

  private static <T> T proxy(Class<T> type, T real, After after) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              try {
                return after.of(method, arguments, method.invoke(real, arguments));
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              }
            }));
  }

  /** Knows this process only. */
  private record AloneOnNode(Owners real) implements Owners.ProcessTable {
    @Override
    public OwnerIdentity self() {
      return real.self();
    }

    @Override
    public Owners.Sighting look(OwnerIdentity process) {
      return Owners.Sighting.UNREADABLE;
    }
  }

  /** Real locks; only who wants to become the watcher runs out of memory, the first time. */
  private static Owners inTrouble(Owners real, AtomicInteger looks) {
    Owners.OwnerLocks locks = real.locks();
    return Owners.with(
        new AloneOnNode(real),
        new Owners.OwnerLocks() {
          @Override
          public long inode() {
            return locks.inode();
          }

          @Override
          public boolean isInPlace() {
            return locks.isInPlace();
          }

          @Override
          public boolean hold(long number) {
            if (number == Owners.WATCHER && looks.incrementAndGet() == 1) {
              throw new OutOfMemoryError("unable to create native thread, on purpose");
            }
            return locks.hold(number);
          }

          @Override
          public void release(long number) {
            locks.release(number);
          }

          @Override
          public Owners.HeldBytes holders() {
            return locks.holders();
          }

          @Override
          public Owners.Holder probe(long number) {
            return locks.probe(number);
          }

          @Override
          public Owners.Held exclusive(Duration timeout) {
            return locks.exclusive(timeout);
          }
        });
  }
}
