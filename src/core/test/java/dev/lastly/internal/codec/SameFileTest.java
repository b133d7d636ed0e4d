package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What changes the meaning of a path, and what does not. */
final class SameFileTest {
  private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2001-01-01T00:00:00Z"));

  @TempDir private Path directory;
  private Path file = Path.of("");
  private Path other = Path.of("");
  private SameFile same = SameFile.SINCE_START;

  /** Two releases that lie there, long unpacked, when the moment comes. */
  @BeforeEach
  void unpack() throws Exception {
    file = release("one").resolve("p/A.class");
    other = release("two").resolve("p/A.class");
    Instant moment = aMomentLater();
    same = new SameFile(() -> moment);
  }

  private Path release(String name) throws IOException {
    Path release = directory.resolve("releases").resolve(name);
    Files.createDirectories(release.resolve("p"));
    Files.writeString(release.resolve("p/A.class"), "code of " + name);
    return release;
  }

  /** When files get another stamp than those that are there. */
  private Instant aMomentLater() throws Exception {
    Path probe = directory.resolve("probe");
    Files.writeString(probe, "");
    FileTime before = ctime(probe);
    Await.until(
        "the clock of files has moved on",
        () -> {
          Files.setLastModifiedTime(probe, LONG_AGO);
          return ctime(probe).compareTo(before) > 0;
        });
    return ctime(probe).toInstant();
  }

  private static FileTime ctime(Path path) throws IOException {
    return (FileTime) java.util.Objects.requireNonNull(Files.getAttribute(path, "unix:ctime"));
  }

  @Test
  void change_nothing_isNone() throws Exception {
    assertThat(same.change(file)).isNull();
    assertThat(same.change(directory.resolve("releases/./two/../one/p/A.class"))).isNull();
  }

  @Test
  void change_overwrittenWithItsOldTime_isSeen() throws Exception {
    Files.writeString(file, "other code");
    Files.setLastModifiedTime(file, LONG_AGO); // as rsync -a does
    assertThat(same.change(file)).startsWith(file + " was changed or replaced at ");
  }

  @Test
  void change_replacedByAnOlderFile_isSeen() throws Exception {
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(same.change(file)).startsWith(file.toString());
  }

  @Test
  void change_replacedByALinkToAnOlderFile_isSeen() throws Exception {
    Files.delete(file);
    Files.createLink(file, other);
    assertThat(same.change(file)).startsWith(file.toString());
  }

  @Test
  void change_directoryOfAnOlderReleaseMovedThere_isSeen() throws Exception {
    Files.move(directory.resolve("releases/one"), directory.resolve("releases/old"));
    Files.move(directory.resolve("releases/two"), directory.resolve("releases/one"));
    assertThat(Files.readString(file)).isEqualTo("code of two");
    assertThat(same.change(file)).startsWith(directory.resolve("releases/one").toString());
  }

  @Test
  void change_directoryMovedThereAfterItWasSeen_isSeen() throws Exception {
    assertThat(same.change(file)).isNull();
    change_directoryOfAnOlderReleaseMovedThere_isSeen();
  }

  @Test
  void change_linkSetToAnOlderRelease_isSeen() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("releases/current"), Path.of("one"));
    Instant moment = aMomentLater();
    same = new SameFile(() -> moment);
    Path through = link.resolve("p/A.class");
    assertThat(same.change(through)).isNull();
    Path next = Files.createSymbolicLink(directory.resolve("next"), Path.of("two"));
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE); // as deployments do
    assertThat(Files.readString(through)).isEqualTo("code of two");
    assertThat(same.change(through)).startsWith(link.toString());
  }

  @Test
  void change_entriesComeAndGoBesideIt_isNone() throws Exception {
    Files.writeString(directory.resolve("releases/one/log"), "a line");
    Files.writeString(directory.resolve("releases/log"), "a line");
    Files.writeString(directory.resolve("log"), "a line");
    assertThat(same.change(file)).isNull();
  }

  @Test
  void change_directoryMovedThereAndWrittenTo_isSeenIfItWasRemembered() throws Exception {
    same.remember(List.of(file));
    Files.move(directory.resolve("releases/one"), directory.resolve("releases/old"));
    Files.move(directory.resolve("releases/two"), directory.resolve("releases/one"));
    Files.writeString(directory.resolve("releases/one/log"), "a line");
    assertThat(same.change(file)).startsWith(directory.resolve("releases/one").toString());
  }

  @Test
  void change_whatCannotBeAsked_isNotTakenForUnchanged() throws Exception {
    Files.delete(file);
    assertThat(same.change(file)).startsWith("Lastly cannot tell whether " + file);
    Path link = directory.resolve("releases/loop");
    Files.createSymbolicLink(link, link.getFileName());
    Instant moment = aMomentLater();
    assertThat(new SameFile(() -> moment).change(link)).contains("symbolic links");
  }

  /** What it says is when it was ready, which is before it loads an application. */
  @Test
  void start_ofThisProcess_isBeforeTheJvmWasReadyAndNotLongBefore() throws Exception {
    Instant ready = Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());
    Instant start = JvmStart.get();
    assertThat(start).isBetween(ready.minus(Duration.ofSeconds(10)), ready.plusMillis(1));
    assertThat(JvmStart.get()).as("the earliest answer counts").isBeforeOrEqualTo(start);
  }
}
