package dev.lastly.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.cleanup.Cleanup;
import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.posix.FileId;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.DamagedStoreException;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import dev.lastly.support.Database;
import dev.lastly.support.ShutdownHooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An operator deletes or replaces the state directory, or a file in it, while a manager opens: all
 * open files then belong to one directory. An owner whose row and whose lock byte are in different
 * directories would look dead.
 */
final class OpenReplacedTest {
  private static final Settings SETTINGS =
      Settings.builder().reapInterval(Duration.ofMillis(50)).build();

  /** The last step after which the opening looks whether all is in its place. */
  private static final String LAST_LOOK = "after owner";

  @TempDir private Path temp;

  /** What the person does. */
  private enum Deed {
    DELETE_DIRECTORY {
      @Override
      void act(Path base, List<Engine> others) throws IOException {
        delete(base.resolve("deferred"));
      }
    },
    REPLACE_DIRECTORY {
      @Override
      void act(Path base, List<Engine> others) throws IOException {
        delete(base.resolve("deferred"));
        begin(base);
        others.add(open(base, event -> {}));
      }
    },
    MOVE_DIRECTORY {
      @Override
      void act(Path base, List<Engine> others) throws IOException {
        if (Files.exists(base.resolve("deferred"))) {
          Files.move(base.resolve("deferred"), base.resolve("away"));
        }
        begin(base);
        others.add(open(base, event -> {}));
      }
    },
    DELETE_LOCK_FILE {
      @Override
      void act(Path base, List<Engine> others) throws IOException {
        Files.deleteIfExists(lockFile(base));
      }
    },
    REPLACE_LOCK_FILE {
      @Override
      void act(Path base, List<Engine> others) throws IOException {
        if (Files.deleteIfExists(lockFile(base))) {
          Files.createFile(lockFile(base));
        }
      }
    },
    DELETE_DATABASE {
      @Override
      void act(Path base, List<Engine> others) throws IOException {
        for (String suffix : List.of("", "-wal", "-shm")) {
          Files.deleteIfExists(base.resolve("deferred/deferred.db" + suffix));
        }
      }
    };

    abstract void act(Path base, List<Engine> others) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void open_replacedAtAnyStep_rowAndLockByteAreOfTheFilesThatAreThere(Deed deed) throws Exception {
    List<String> events = new ArrayList<>();
    open(Files.createDirectory(temp.resolve("events")), events::add).close();
    assertThat(events)
        .contains("lock file is open", "before schema", "after lock byte", LAST_LOOK)
        .endsWith("after background");
    for (String event : events) {
      Path base = Files.createDirectory(temp.resolve(event));
      if (deed != Deed.DELETE_DIRECTORY) { // else there is none yet
        begin(base);
      }
      boolean must = events.indexOf(event) <= events.indexOf(LAST_LOOK);
      replaceAt(deed, event, base, must);
    }
  }

  /** A state directory with a database, faster than by migration. */
  private static void begin(Path base) throws IOException {
    Path events = base.resolveSibling("events").resolve("deferred/deferred.db");
    Files.copy(events, Files.createDirectories(base.resolve("deferred")).resolve("deferred.db"));
  }

  private static void replaceAt(Deed deed, String event, Path base, boolean must) throws Exception {
    List<Engine> others = new ArrayList<>();
    List<String> done = new ArrayList<>();
    Consumer<String> person =
        now -> {
          if (now.equals(event) && done.isEmpty()) {
            done.add(now);
            run(deed, base, others);
          }
        };
    try (Engine engine = open(base, person)) {
      boolean inPlace = isInPlace(base, engine);
      assertThat(inPlace || !must).as("in its place, %s %s", deed, event).isTrue();
      if (inPlace) {
        assertDefers(engine, base, event);
      }
    } catch (DamagedStoreException e) { // a database that is deleted alone, beside its witness
      assertThat(deed).as("%s: %s", event, e).isEqualTo(Deed.DELETE_DATABASE);
      assertThat(e).hasMessageContaining("is missing");
    } catch (StoreException e) { // the close of an owner that was replaced when all was open
      assertThat(must).as("%s %s: %s", deed, event, e).isFalse();
      assertThat(e).hasMessageContaining("was deleted or replaced");
    } finally {
      others.forEach(Engine::close);
    }
    assertThat(deletedDatabases(base)).as("%s %s", deed, event).isEmpty();
  }

  private static boolean isInPlace(Path base, Engine engine) throws Exception {
    if (!Files.exists(Database.file(base)) || !Files.exists(lockFile(base))) {
      return false;
    }
    Owners.OwnerLocks locks = Owners.open(lockFile(base)).locks();
    try (Database db = Database.read(base)) {
      return db.rows("SELECT id, lock_inode FROM owner WHERE closed_at IS NULL")
              .contains(engine.ownerId() + "|" + FileId.of(lockFile(base)).inode())
          && locks.holders().isHeldBy(engine.ownerId().row(), ProcessHandle.current().pid());
    }
  }

  private static void assertDefers(Engine engine, Path base, String event) throws Exception {
    Action.Of1<Path> delete = Cleanup::deleteFile;
    EncodedCall call = Codec.encode(delete, List.of(base.resolve("absent")));
    Engine.JobSession job = engine.openJob(event);
    job.defer(call);
    try (Database db = Database.read(base)) {
      assertThat(db.text("SELECT name FROM job ORDER BY id DESC LIMIT 1")).isEqualTo(event);
    }
    job.close();
    try (Database db = Database.read(base)) {
      assertThat(db.functions()).isNotEmpty().allMatch(row -> row.contains("|done|"));
    }
  }

  @Test
  void open_replacedAgainAndAgain_saysSoAndLeavesNothing() throws Exception {
    Path base = Files.createDirectory(temp.resolve("always"));
    List<String> hooks = ShutdownHooks.named("lastly-shutdown");
    for (String event : List.of("lock file is open", "after lock byte", LAST_LOOK)) {
      Consumer<String> person =
          now -> {
            if (now.equals(event)) {
              run(Deed.DELETE_DIRECTORY, base, List.of());
            }
          };
      assertThatThrownBy(() -> open(base, person))
          .as(event)
          .isInstanceOf(StateDirectoryException.class)
          .hasMessageContaining("20 tries")
          .hasMessageContaining("find the program that removes it");
      assertThat(ShutdownHooks.named("lastly-shutdown")).isEqualTo(hooks);
      assertThat(deletedDatabases(base)).isEmpty();
    }
    open(base, event -> {}).close();
  }

  private static void run(Deed deed, Path base, List<Engine> others) {
    try {
      deed.act(base, others);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Engine open(Path base, Consumer<String> observer) {
    Node.Seams seams =
        new Node.Seams(
            path -> Owners.open(path, () -> observer.accept("lock file is open")),
            InstantSource.system(),
            UnaryOperator.identity(),
            observer);
    return Node.open(base, "deferred", SETTINGS, seams);
  }

  private static Path lockFile(Path base) {
    return base.resolve("deferred/owners.lock");
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> tree = Files.walk(directory)) {
        for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(entry);
        }
      }
    }
  }

  /** Databases below the base that this JVM has open although they are gone. */
  private static List<Path> deletedDatabases(Path base) throws IOException {
    List<Path> open = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : all.toList()) {
        if (Files.isSymbolicLink(descriptor)) {
          Path target = Files.readSymbolicLink(descriptor);
          if (target.startsWith(base) && target.toString().contains("deferred.db")) {
            open.add(target);
          }
        }
      }
    }
    return open;
  }
}
