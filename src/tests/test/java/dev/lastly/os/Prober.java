package dev.lastly.os;

import dev.lastly.internal.owner.Finding;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.owner.Owners.ProcessTable;
import dev.lastly.internal.owner.Owners.Sighting;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.store.Store;
import dev.lastly.internal.store.StoreConfig;
import dev.lastly.model.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * The main class of a process that examines all open owners as fast as it can until its input ends.
 * It sees no processes, so every verdict is the lock's alone: the second witness would hide a race.
 */
final class Prober {
  private Prober() {}

  /** Prints how often it found an owner alive, and each owner that it found dead wrongly. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    Owners real = Owners.open(directory.resolve("owners.lock"));
    Owners owners = Owners.with(new Blind(real.self()), real.locks());
    long alive = 0;
    try (Store store = open(directory, owners)) {
      System.out.println("ready");
      while (System.in.available() == 0) {
        for (OwnerRecord owner : store.openOwners()) {
          alive += examine(store, owners, owner) ? 1 : 0;
        }
      }
    }
    System.out.println("alive " + alive);
  }

  /** Opens the database as the library does. */
  static Store open(Path directory, Owners owners) {
    Duration patience = Duration.ofSeconds(30);
    return Store.open(
        new StoreConfig(
            directory.resolve("deferred.db"),
            patience,
            () -> owners.locks().exclusive(patience)::close,
            UnaryOperator.identity()));
  }

  private static boolean examine(Store store, Owners owners, OwnerRecord owner) {
    Finding finding = owners.examine(owner);
    if (finding.verdict() != Verdict.ALIVE && isOpen(store, owner)) {
      System.out.println("wrong " + owner.id() + " " + finding);
    }
    return finding.verdict() == Verdict.ALIVE;
  }

  /** An owner closes its row before it gives its byte back, so a row that is open still is held. */
  private static boolean isOpen(Store store, OwnerRecord owner) {
    return store.openOwners().stream().anyMatch(o -> o.id() == owner.id());
  }

  /** As in another pid namespace. */
  private record Blind(OwnerIdentity self) implements ProcessTable {
    @Override
    public Sighting look(OwnerIdentity process) {
      return Sighting.UNREADABLE;
    }
  }
}
