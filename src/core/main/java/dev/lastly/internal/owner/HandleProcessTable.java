package dev.lastly.internal.owner;

import dev.lastly.internal.owner.Owners.Sighting;
import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.row.OwnerIdentity;
import java.time.Instant;
import java.util.Optional;

/**
 * The process table on systems without {@code /proc}. {@link ProcessHandle} shows neither zombies
 * nor a precise start time. So this class reports that a process runs, that no process has the pid,
 * or else that it cannot tell. Thread-safe.
 */
final class HandleProcessTable implements Owners.ProcessTable {
  // Each JVM computes start times from a boot time that it reads once, and that moves with the
  // clock. So two JVMs may report start times of one process that differ by seconds.
  private static final long SAME_START_MILLIS = 10_000;

  private final OwnerIdentity self;

  HandleProcessTable() {
    ProcessHandle handle = ProcessHandle.current();
    this.self =
        new OwnerIdentity(
            handle.pid(),
            startMillis(handle).orElse(0L),
            "none", // a start time identifies the boot, too
            "none",
            Posix.uid(),
            Optional.ofNullable(System.getenv("HOSTNAME")).orElse(OwnerIdentity.UNKNOWN_TEXT));
  }

  @Override
  public OwnerIdentity self() {
    return self;
  }

  @Override
  public Sighting look(OwnerIdentity process) {
    Optional<ProcessHandle> handle = ProcessHandle.of(process.pid());
    if (handle.isEmpty()) {
      return process.uid() == self.uid() ? Sighting.GONE : Sighting.UNREADABLE;
    }
    Optional<Long> start = startMillis(handle.get());
    if (start.isEmpty() || process.startTicks() == 0) {
      return Sighting.UNREADABLE;
    }
    return Math.abs(start.get() - process.startTicks()) <= SAME_START_MILLIS
        ? Sighting.RUNNING
        : Sighting.UNREADABLE;
  }

  private static Optional<Long> startMillis(ProcessHandle handle) {
    return handle.info().startInstant().map(Instant::toEpochMilli);
  }
}
