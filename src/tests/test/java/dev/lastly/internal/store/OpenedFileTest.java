package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OpenedFileTest {
  private static final long TWO_MILLIS = 2_000_000;

  @TempDir private Path directory;
  private Path file;
  private OpenedFile place;

  @BeforeEach
  void create() throws IOException {
    file = Files.createFile(directory.resolve("deferred.db"));
    place = new OpenedFile(file);
  }

  @Test
  void requireRecently_firstCall_looks() throws IOException {
    Files.delete(file);
    assertThatThrownBy(place::requireRecently).isInstanceOf(StoreException.class);
  }

  @Test
  void requireRecently_replacedAMillisecondAgo_isRefusedEachTime() throws Exception {
    place.requireRecently();
    Files.move(file, directory.resolve("elsewhere"));
    Files.createFile(file);
    long moved = System.nanoTime();
    Await.until("a millisecond has gone by", () -> System.nanoTime() - moved > TWO_MILLIS);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(place::requireRecently)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("was deleted or replaced under this process");
    }
  }
}
