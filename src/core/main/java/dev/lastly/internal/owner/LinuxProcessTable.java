package dev.lastly.internal.owner;

import dev.lastly.internal.owner.Owners.Sighting;
import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.proc.ProcFormatException;
import dev.lastly.internal.proc.ProcStat;
import dev.lastly.internal.row.OwnerIdentity;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads {@code /proc}, and detects when it cannot prove that a process is absent. Thread-safe. */
final class LinuxProcessTable implements Owners.ProcessTable {
  private static final Logger log = LoggerFactory.getLogger(LinuxProcessTable.class);

  private final Path proc;
  private final OwnerIdentity self;

  LinuxProcessTable(Path proc) {
    this.proc = proc;
    this.self = readSelf();
  }

  @Override
  public OwnerIdentity self() {
    return self;
  }

  /**
   * Reports a process as gone only if {@code /proc} would show it. {@code /proc} may be mounted
   * with hidepid, belong to another pid namespace, or not be mounted at all.
   */
  @Override
  public Sighting look(OwnerIdentity process) {
    if (!procIsOfOurNamespace()) {
      return Sighting.UNREADABLE;
    }
    try {
      ProcStat stat = read(Long.toString(process.pid()));
      if (stat.startTicks() != process.startTicks() || stat.hasEnded()) {
        return Sighting.GONE;
      }
      return stat.isEnding() ? Sighting.ENDING : Sighting.RUNNING;
    } catch (FileNotFoundException e) { // Java throws this also for EACCES, when the process exists
      if (Files.exists(proc.resolve(Long.toString(process.pid())))) {
        return Sighting.UNREADABLE;
      }
      return showsOthers() ? Sighting.GONE : Sighting.UNREADABLE;
    } catch (ProcFormatException e) {
      log.warn("unexpected content in {}", proc.resolve(process.pid() + "/stat"), e);
      return Sighting.UNREADABLE;
    } catch (IOException e) {
      // ESRCH: it ended between open and read. EACCES and others: this user may not see it.
      boolean ended = e.getMessage() != null && e.getMessage().contains("No such process");
      return ended ? Sighting.GONE : Sighting.UNREADABLE;
    }
  }

  /**
   * Whether {@code /proc} shows processes of other users. Process 1 exists in each pid namespace,
   * and hidepid=2 hides it from other users.
   */
  private boolean showsOthers() {
    return Files.exists(proc.resolve("1/stat"));
  }

  private boolean procIsOfOurNamespace() {
    try {
      return read("self").pid() == Posix.pid();
    } catch (IOException e) {
      return false; // not mounted, or nothing that we know how to read
    }
  }

  private OwnerIdentity readSelf() {
    long startTicks;
    try {
      startTicks = read("self").startTicks();
    } catch (IOException e) {
      log.warn("cannot read {}: only lock bytes will tell who lives", proc.resolve("self/stat"), e);
      startTicks = 0;
    }
    return new OwnerIdentity(
        Posix.pid(),
        startTicks,
        text("sys/kernel/random/boot_id"),
        pidNamespace(),
        Posix.uid(),
        text("sys/kernel/hostname"));
  }

  private ProcStat read(String process) throws IOException {
    return ProcStat.parse(Posix.textOf(proc.resolve(process + "/stat")));
  }

  private String text(String file) {
    try {
      String text = Posix.textOf(proc.resolve(file)).strip();
      return text.isEmpty() ? OwnerIdentity.UNKNOWN_TEXT : text;
    } catch (IOException e) {
      log.warn("cannot read {}", proc.resolve(file), e);
      return OwnerIdentity.UNKNOWN_TEXT;
    }
  }

  private String pidNamespace() {
    try {
      return Files.readSymbolicLink(proc.resolve("self/ns/pid")).toString();
    } catch (IOException e) {
      log.warn("cannot read {}", proc.resolve("self/ns/pid"), e);
      return OwnerIdentity.UNKNOWN_TEXT;
    }
  }
}
