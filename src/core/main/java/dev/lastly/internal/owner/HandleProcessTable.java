package dev.lastly.internal.owner;

import dev.lastly.internal.owner.Owners.Sighting;
import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.row.OwnerIdentity;
import java.time.Instant;
import java.util.Optional;

/**
 * The second witness where there is no {@code /proc}. {@link ProcessHandle} tells neither zombies
 * nor a precise start, so it may say that a process runs, or that nothing has that number, and
 * otherwise that it cannot tell.
 */
final class HandleProcessTable implements Owners.ProcessTable {
  // Each JVM computes the start instant from a boot time that it reads once and that moves with the
  // clock: two JVMs may disagree by seconds about one process.
  private static final long SAME_START_MILLIS = 10_000;

  private final OwnerIdentity self;

  HandleProcessTable() {
    ProcessHandle handle = ProcessHandle.current();
    this.self =
        new OwnerIdentity(
            handle.pid(),
            startMillis(handle).orElse(0L),
            "none", // a start instant names the boot as well
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
