package dev.lastly.cli.fleet;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.fleet.CommitLevel;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.FleetSettings;
import dev.lastly.fleet.model.NodeRow;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.model.WorkerEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A member of the fleet that opens no job: its manager's threads run what is orphaned. It presumes
 * no node dead, unless it is told to: the fleet's own processes may have been told not to.
 * Thread-safe.
 */
public final class FleetReaper implements AutoCloseable {
  /** What joining may take, but for the time in which an earlier boot of the machine is watched. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final int PAGE = 500;

  private final DeferredFunctionManager manager;
  private final @Nullable Path temporary;
  private final AtomicLong ran;

  private FleetReaper(DeferredFunctionManager manager, @Nullable Path temporary, AtomicLong ran) {
    this.manager = manager;
    this.temporary = temporary;
    this.ran = ran;
  }

  /** How a reaper takes part. It registers nothing, so it needs no standby. */
  static FleetSettings fleet(
      FleetAddress address,
      @Nullable Path stateDir,
      @Nullable Duration presumeAfter,
      Map<String, String> environment) {
    FleetSettings.Builder settings =
        FleetSettings.builder().schema(address.settings().schema()).commit(CommitLevel.LOCAL);
    if (presumeAfter == null) {
      settings.neverPresume();
    } else {
      settings.presumeAfter(presumeAfter);
    }
    String machine = environment.getOrDefault("LASTLY_MACHINE_ID", "");
    if (!machine.isEmpty()) {
      settings.machineId(machine);
    } else if (stateDir == null && !hasMachineId(address.settings())) {
      settings.machineId("lastly reap " + UUID.randomUUID()); // a node that never returns
    }
    return settings.build();
  }

  private static boolean hasMachineId(FleetSettings settings) {
    try {
      return !settings.machineId().isEmpty();
    } catch (IllegalStateException e) {
      return false;
    }
  }

  static FleetReaper open(
      FleetAddress address,
      FleetInspector inspector,
      @Nullable Path stateDir,
      Settings.Builder settings,
      FleetSettings how) {
    Path directory = stateDir == null ? temporary() : stateDir;
    Path temporary = stateDir == null ? directory : null;
    AtomicLong ran = new AtomicLong();
    boolean opened = false;
    try {
      Fleet fleet = Fleet.open(address.source(), how);
      DeferredFunctionManager manager =
          DeferredFunctionManager.open(
              directory, settings.fleet(fleet).listener(event -> count(event, ran)).build());
      FleetReaper reaper = new FleetReaper(manager, temporary, ran);
      opened = true; // from now on, closing it removes the directory
      reaper.awaitJoin(fleet, inspector, patience(inspector, how.machineId()));
      return reaper;
    } finally {
      if (!opened && temporary != null) {
        remove(temporary);
      }
    }
  }

  private static void count(WorkerEvent event, AtomicLong ran) {
    if (event instanceof WorkerEvent.Ended) {
      ran.incrementAndGet();
    }
  }

  private void awaitJoin(Fleet fleet, FleetInspector inspector, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      while (!fleet.isJoined()) {
        if (System.nanoTime() > deadline) {
          throw new StoreException(
              "could not join "
                  + inspector.place()
                  + " within "
                  + patience.toSeconds()
                  + " s; the line before says why");
        }
        TimeUnit.MILLISECONDS.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new StoreException("interrupted before it had joined " + inspector.place());
    } catch (StoreException e) {
      close();
      throw e;
    }
  }

  /**
   * How long joining may take. Until an earlier boot of the machine has ended, its lease runs out
   * and it is then watched, which takes a time-to-live each.
   */
  static Duration patience(FleetInspector inspector, String machineId) {
    Duration longest = Duration.ZERO;
    List<NodeRow> page = inspector.nodes(null, PAGE);
    while (!page.isEmpty()) {
      for (NodeRow node : page) {
        boolean mayRefuse = node.endReason() == null && node.machineId().equals(machineId);
        if (mayRefuse && node.ttl().compareTo(longest) > 0) {
          longest = node.ttl();
        }
      }
      page = inspector.nodes(page.get(page.size() - 1).id(), PAGE);
    }
    return PATIENCE.plus(longest.multipliedBy(2));
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("lastly-reap");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a directory for the reaper; give --state-dir", e);
    }
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : all) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + directory + "; remove it by hand", e);
    }
  }

  /**
   * How many functions it has run so far, with or without success.
   *
   * @return the number, of the fleet and of its node
   */
  public long ran() {
    return ran.get();
  }

  /** Runs what is orphaned on its node, then once more what is in the fleet, and leaves. */
  @Override
  public void close() {
    try {
      manager.close();
    } finally {
      if (temporary != null) {
        remove(temporary);
      }
    }
  }
}
