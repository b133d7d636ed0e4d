package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.store.Witness.Reach;
import dev.lastly.internal.store.Witness.Testimony;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the file beside the database says after several owners have used it. */
class WitnessTest {
  private static final String STORE = "0123456789abcdef".repeat(2);
  private static final String BOOT = "0b1c";

  @TempDir private Path directory;
  private Path database;

  @BeforeEach
  void prepare() {
    database = directory.resolve("some.db");
  }

  private Witness open(@Nullable Testimony seen, long ownerId) {
    return Objects.requireNonNull(Witness.open(database, seen, STORE, ownerId, BOOT));
  }

  @Test
  void open_anotherOwnerHasMadeTheFileSinceTheLook_keepsWhatItSays() {
    Testimony seen = Witness.read(database, BOOT);
    assertThat(seen).isNull();
    Reach reach = new Reach(7, 3);
    try (Witness first = open(seen, 1)) {
      first.acknowledge(reach, true);
      open(seen, 2).close();
    }
    assertThat(Witness.read(database, BOOT)).isEqualTo(new Testimony(STORE, reach, reach));
  }

  /** Its place is that of an owner with 64 ids less. */
  @Test
  void open_afterAnOwnerOfTheSamePlace_saysWhatThatOneSaid() {
    try (Witness first = open(null, 1)) {
      first.acknowledge(new Reach(7, 3), true);
      first.acknowledge(new Reach(8, 3), false);
    }
    try (Witness second = open(Witness.read(database, BOOT), 65)) {
      second.acknowledge(new Reach(9, 0), false);
    }
    assertThat(Witness.read(database, BOOT))
        .isEqualTo(new Testimony(STORE, new Reach(9, 3), new Reach(7, 3)));
    assertThat(Witness.read(database, "another boot"))
        .isEqualTo(new Testimony(STORE, new Reach(7, 3), new Reach(7, 3)));
  }

  @Test
  void open_damaged_makesAnother() throws Exception {
    Path file = Witness.beside(database);
    Files.writeString(file, "x");
    open(Witness.read(database, BOOT), 1).close();
    assertThat(Witness.read(database, BOOT))
        .isEqualTo(new Testimony(STORE, Reach.NONE, Reach.NONE));
  }

  /** Another user who can write the directory may plant it after the directory was checked. */
  @Test
  void open_linkToAnotherFile_leavesThatAlone() throws Exception {
    Path victim = directory.resolve("victim");
    for (String content : List.of("", "x", "y".repeat(10_000))) {
      Files.writeString(victim, content);
      Files.createSymbolicLink(Witness.beside(database), victim);
      Witness planted = Witness.open(database, Witness.read(database, BOOT), STORE, 1, BOOT);
      if (planted != null) {
        planted.acknowledge(new Reach(7, 3), true);
        planted.close();
      }
      assertThat(Files.readString(victim)).isEqualTo(content);
      Files.delete(Witness.beside(database));
    }
  }
}
