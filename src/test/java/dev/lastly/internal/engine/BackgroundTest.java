package dev.lastly.internal.engine;

import dev.lastly.internal.owner.Owners;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.OwnerIdentity;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The thread that looks out for deaths, when the JVM itself is in trouble. */
final class BackgroundTest {
  @TempDir private Path base;

  @Test
  void lookout_anErrorOfTheJvm_doesNotEndTheLookingForGood() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    Settings settings =
        Settings.builder()
            .reapInterval(Duration.ofMillis(20))
            .onShutdown(OnShutdown.NOTHING)
            .build();
    Engine.Seams seams =
        new Engine.Seams(
            path -> inTrouble(Owners.open(path), looks),
            InstantSource.system(),
            UnaryOperator.identity());
    try (Engine engine = Engine.open(base, "deferred", settings, seams)) {
      Await.until("owner " + engine.ownerId() + " looks again", () -> looks.get() > 1);
    }
  }

  /** Real locks; only who wants to become the watcher runs out of memory, the first time. */
  private static Owners inTrouble(Owners real, AtomicInteger looks) {
    Owners.LockBytes locks = real.locks();
    return Owners.with(
        new Owners.ProcessTable() {
          @Override
          public OwnerIdentity self() {
            return real.self();
          }

          @Override
          public Owners.Sighting look(OwnerIdentity process) {
            return Owners.Sighting.UNREADABLE;
          }
        },
        new Owners.LockBytes() {
          @Override
          public long inode() {
            return locks.inode();
          }

          @Override
          public boolean isInPlace() {
            return locks.isInPlace();
          }

          @Override
          public boolean hold(long number) {
            if (number == Owners.WATCHER && looks.incrementAndGet() == 1) {
              throw new OutOfMemoryError("unable to create native thread, on purpose");
            }
            return locks.hold(number);
          }

          @Override
          public void release(long number) {
            locks.release(number);
          }

          @Override
          public Owners.HeldBytes holders() {
            return locks.holders();
          }

          @Override
          public Owners.Holder probe(long number) {
            return locks.probe(number);
          }

          @Override
          public Owners.Held exclusive(Duration timeout) {
            return locks.exclusive(timeout);
          }
        });
  }
}
