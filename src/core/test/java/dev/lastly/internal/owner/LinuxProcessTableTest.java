package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.owner.Owners.Sighting;
import dev.lastly.internal.proc.ProcStat;
import dev.lastly.internal.row.OwnerIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LinuxProcessTableTest {
  private final LinuxProcessTable table = new LinuxProcessTable(Path.of("/proc"));

  private OwnerIdentity process(long pid, long startTicks) {
    OwnerIdentity self = table.self();
    return new OwnerIdentity(pid, startTicks, self.bootId(), self.pidNamespace(), 0, "node");
  }

  @Test
  void look_itself_isRunning() {
    assertThat(table.look(table.self())).isEqualTo(Sighting.RUNNING);
  }

  @Test
  void look_inAnInterruptedThread_seesTheSame() {
    Thread.currentThread().interrupt();
    Sighting sighting = table.look(table.self());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(sighting).isEqualTo(Sighting.RUNNING);
  }

  @Test
  void look_sameNumberOtherStart_isGone() {
    OwnerIdentity self = table.self();
    assertThat(table.look(process(self.pid(), self.startTicks() + 1))).isEqualTo(Sighting.GONE);
  }

  @Test
  void look_unusedNumber_isGone() {
    assertThat(table.look(process(4_194_304, 1))).isEqualTo(Sighting.GONE);
  }

  @Test
  void look_zombie_isGone() throws Exception {
    // The shell starts a child, becomes something that never waits for it, and so keeps it a
    // zombie. The child ends only when that has happened: when its input does.
    Process parent =
        new ProcessBuilder("sh", "-c", "exec 3<&0; cat <&3 >&2 & echo $!; exec sleep 60").start();
    try (var out = parent.inputReader()) {
      long zombie = Long.parseLong(out.readLine());
      while (!Files.readString(Path.of("/proc/" + parent.pid() + "/comm")).startsWith("sleep")) {
        Thread.onSpinWait();
      }
      parent.getOutputStream().close();
      ProcStat stat = stat(zombie);
      while (stat.state() != 'Z') {
        Thread.onSpinWait();
        stat = stat(zombie);
      }
      assertThat(table.look(process(zombie, stat.startTicks()))).isEqualTo(Sighting.GONE);
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }

  private static ProcStat stat(long pid) throws IOException {
    return ProcStat.parse(Files.readString(Path.of("/proc/" + pid + "/stat")));
  }

  @Test
  void look_withoutProc_isUnreadable(@TempDir Path empty) {
    LinuxProcessTable blind = new LinuxProcessTable(empty);
    assertThat(blind.self().bootId()).isEqualTo(OwnerIdentity.UNKNOWN_TEXT);
    assertThat(blind.look(table.self())).isEqualTo(Sighting.UNREADABLE);
    assertThat(blind.self().sameBoot(blind.self())).as("unknown is never the same").isFalse();
  }

  @Test
  void look_absentProcessInAProcThatHidesOthers_isUnreadable(@TempDir Path proc)
      throws IOException {
    // As with hidepid=2: this process sees itself, but not even process 1.
    Files.createDirectory(proc.resolve("self"));
    Files.copy(Path.of("/proc/self/stat"), proc.resolve("self/stat"));
    LinuxProcessTable blinkered = new LinuxProcessTable(proc);
    assertThat(blinkered.look(process(4242, 1))).isEqualTo(Sighting.UNREADABLE);
  }

  /** The kernel frees the locks of a killed process a moment before it makes it a zombie. */
  @Test
  void look_processThatTheKernelEnds_isEnding(@TempDir Path proc) throws IOException {
    LinuxProcessTable table = copied(proc);
    Files.createDirectories(proc.resolve("4242"));
    String line = "4242 (java) R 1 1 1 0 -1 %d 1 0 0 0 0 0 0 0 20 0 7 0 55 4096 1\n";
    Files.writeString(proc.resolve("4242/stat"), String.format(Locale.ROOT, line, 0x400044));
    assertThat(table.look(process(4242, 55))).isEqualTo(Sighting.ENDING);
    assertThat(table.look(process(4242, 54))).isEqualTo(Sighting.GONE);
    Files.writeString(proc.resolve("4242/stat"), String.format(Locale.ROOT, line, 0x400040));
    assertThat(table.look(process(4242, 55))).isEqualTo(Sighting.RUNNING);
  }

  @Test
  void look_procOfAnotherNamespace_isUnreadable(@TempDir Path proc) throws IOException {
    // A /proc that was mounted outside shows this process under another number.
    Files.createDirectories(proc.resolve("self"));
    Files.createDirectories(proc.resolve("1"));
    String line = Files.readString(Path.of("/proc/self/stat"));
    Files.writeString(proc.resolve("self/stat"), "9" + line);
    Files.writeString(proc.resolve("1/stat"), line);
    assertThat(new LinuxProcessTable(proc).look(process(4242, 1))).isEqualTo(Sighting.UNREADABLE);
  }

  /** A directory that this process takes for its {@code /proc}, with a process 1 in it. */
  private static LinuxProcessTable copied(Path proc) throws IOException {
    Files.createDirectories(proc.resolve("self/ns"));
    Files.createDirectories(proc.resolve("1"));
    Files.createDirectories(proc.resolve("sys/kernel/random"));
    Files.copy(Path.of("/proc/self/stat"), proc.resolve("self/stat"));
    Files.copy(Path.of("/proc/1/stat"), proc.resolve("1/stat"));
    return new LinuxProcessTable(proc);
  }

  @Test
  void look_absentProcessInAProcThatShowsOthers_isGone(@TempDir Path proc) throws IOException {
    assertThat(copied(proc).look(process(4242, 1))).isEqualTo(Sighting.GONE);
  }

  @Test
  void look_withoutItself_isUnreadable_whateverElseIsShown(@TempDir Path proc) throws IOException {
    LinuxProcessTable headless = copied(proc);
    Files.delete(proc.resolve("self/stat"));
    assertThat(headless.look(process(4242, 1))).isEqualTo(Sighting.UNREADABLE);
  }

  @Test
  void look_processThatCannotBeRead_isUnreadable(@TempDir Path proc) throws IOException {
    LinuxProcessTable copied = copied(proc);
    Files.createDirectory(proc.resolve("4242")); // as if its stat were not ours to open
    assertThat(copied.look(process(4242, 1))).isEqualTo(Sighting.UNREADABLE);
    // Can be opened, and gives EIO at address 0.
    Files.createSymbolicLink(proc.resolve("4242/stat"), Path.of("/proc/self/mem"));
    assertThat(copied.look(process(4242, 1))).isEqualTo(Sighting.UNREADABLE);
    Files.delete(proc.resolve("4242/stat"));
    Files.writeString(proc.resolve("4242/stat"), "something new, and No such process");
    assertThat(copied.look(process(4242, 1))).isEqualTo(Sighting.UNREADABLE);
  }

  @Test
  void self_texts_areReadOrUnknown(@TempDir Path proc) throws IOException {
    OwnerIdentity nothing = copied(proc).self();
    assertThat(nothing.bootId()).isEqualTo(OwnerIdentity.UNKNOWN_TEXT);
    assertThat(nothing.pidNamespace()).isEqualTo(OwnerIdentity.UNKNOWN_TEXT);
    Files.writeString(proc.resolve("sys/kernel/random/boot_id"), "f051-a92d\n");
    Files.writeString(proc.resolve("sys/kernel/hostname"), "\n");
    Files.createSymbolicLink(proc.resolve("self/ns/pid"), Path.of("pid:[4711]"));
    OwnerIdentity self = new LinuxProcessTable(proc).self();
    assertThat(self.bootId()).isEqualTo("f051-a92d");
    assertThat(self.host()).as("an empty file").isEqualTo(OwnerIdentity.UNKNOWN_TEXT);
    assertThat(self.pidNamespace()).isEqualTo("pid:[4711]");
    assertThat(self.startTicks()).isEqualTo(table.self().startTicks());
  }
}
