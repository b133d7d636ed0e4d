package dev.lastly.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.fleet.support.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A reader of events that goes on where it stopped. */
@Tag("fleet")
final class FleetEventsTest {
  private static final int WRITERS = 8;
  private static final int EACH = 40;

  /** The first to begin is often the last to commit: a reader "after number n" would miss it. */
  @Test
  void events_slowWritersCommitInAnotherOrder_noneIsMissedOrToldTwice() throws Exception {
    try (PostgresServer server = PostgresServer.start("fsync=off")) {
      Fleet fleet =
          Fleet.open(
              server.dataSource(),
              FleetSettings.builder()
                  .singleNode()
                  .machineId("A")
                  .ttl(Duration.ofSeconds(5))
                  .build());
      ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
      try {
        List<Future<List<UUID>>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
          Random random = new Random(i);
          writers.add(threads.submit(() -> write(server, random)));
        }
        List<UUID> read = new ArrayList<>();
        long horizon = 0;
        boolean last = false;
        while (!last) {
          last = writers.stream().allMatch(Future::isDone);
          Fleet.Events events = fleet.events(horizon);
          assertThat(events.next()).isGreaterThanOrEqualTo(horizon);
          assertThat(events.events()).extracting(Fleet.FleetEvent::transaction).isSorted();
          for (Fleet.FleetEvent event : events.events()) {
            if (event.kind().equals("registered")) {
              read.add(event.function().orElseThrow());
            }
          }
          horizon = events.next();
        }
        List<UUID> written = new ArrayList<>();
        for (Future<List<UUID>> one : writers) {
          written.addAll(one.get());
        }
        assertThat(read).containsExactlyInAnyOrderElementsOf(written);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static List<UUID> write(PostgresServer server, Random random) throws Exception {
    List<UUID> all = new ArrayList<>();
    try (Connection connection = server.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < EACH; i++) {
        UUID id = UUID.randomUUID();
        try (PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO lastly.deferred_function (id, job_id, owner_id, name, function,"
                    + " origin, arguments, max_attempts) VALUES (?, ?, ?, 'n', 'f', 'o', '[]',"
                    + " 1)")) {
          insert.setObject(1, id);
          insert.setObject(2, id);
          insert.setObject(3, id);
          int unused = insert.executeUpdate();
        }
        TimeUnit.MILLISECONDS.sleep(random.nextInt(30));
        connection.commit();
        all.add(id);
      }
    }
    return all;
  }
}
