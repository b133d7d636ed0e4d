package dev.lastly.bench.process;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Store;
import dev.lastly.internal.store.StoreConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** A process with any number of living owners: {@code ManyOwners STATE COUNT}. */
final class ManyOwners {
  private ManyOwners() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]).resolve("deferred");
    Owners owners = Owners.open(directory.resolve("owners.lock"));
    Store store =
        Store.open(
            new StoreConfig(
                directory.resolve("deferred.db"),
                Duration.ofSeconds(30),
                () -> () -> {},
                UnaryOperator.identity()));
    for (int i = Integer.parseInt(args[1]); i > 0; i--) {
      store.registerOwner(
          owners.self(),
          owners.locks().inode(),
          "one of many",
          System.currentTimeMillis(),
          owners.locks()::hold);
    }
    System.out.println("ready");
    while (System.in.read() >= 0) {
      Thread.onSpinWait();
    }
  }
}
