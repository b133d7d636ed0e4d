package dev.lastly.disk;

import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The first worker after the machine is up again: opens an image with Lastly and reaps. */
final class Reopening {
  private static final String STEM = "deferred";

  private Reopening() {}

  /** What it ran, in order; fails if the database is unsound, before or after. */
  static List<String> run(Path root, DiskImage image) throws Exception {
    List<String> ran = new ArrayList<>();
    Play.RAN.set(ran);
    Settings settings =
        Settings.builder().reapInterval(Duration.ZERO).onShutdown(OnShutdown.NOTHING).build();
    Node.Seams seams =
        new Node.Seams(
            lockFile -> owners(lockFile, image), InstantSource.system(), UnaryOperator.identity());
    try (Engine engine = Node.open(Workshop.base(root), STEM, settings, seams)) {
      StoreInvariants.all().check(Workshop.database(root));
      engine.reap();
      StoreInvariants.all().check(Workshop.database(root));
    } finally {
      Play.RAN.remove();
    }
    return ran;
  }

  /**
   * Owners as after a boot: no lock is held, and no process is one of before. The lock file is made
   * if it is missing, as the real one would be, and is then another one.
   */
  private static Owners owners(Path lockFile, DiskImage image) {
    long inode = image.inodeOf("/owners.lock");
    try {
      if (!Files.exists(lockFile)) {
        Files.createFile(lockFile);
        inode = -1;
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return Owners.with(new NewBoot(), new FreeLocks(inode));
  }

  private static final class NewBoot implements Owners.ProcessTable {
    @Override
    public OwnerIdentity self() {
      return new OwnerIdentity(77, 7, "the-boot-after", "pid:[4026531836]", 0, "node");
    }

    @Override
    public Owners.Sighting look(OwnerIdentity process) {
      return Owners.Sighting.GONE;
    }
  }

  private static final class FreeLocks implements Owners.OwnerLocks {
    private final long inode;
    private final Map<Long, Boolean> held = new HashMap<>();

    FreeLocks(long inode) {
      this.inode = inode;
    }

    @Override
    public long inode() {
      return inode;
    }

    @Override
    public boolean isInPlace() {
      return true;
    }

    @Override
    public boolean hold(long number) {
      return held.putIfAbsent(number, true) == null;
    }

    @Override
    public void release(long number) {
      held.remove(number);
    }

    @Override
    public Owners.HeldBytes holders() {
      return Owners.HeldBytes.NONE;
    }

    @Override
    public Owners.Holder probe(long number) {
      return held.containsKey(number) ? Owners.Holder.THIS_JVM : Owners.Holder.NOBODY;
    }

    @Override
    public Owners.Held exclusive(Duration timeout) {
      if (!hold(0)) {
        throw new AssertionError("there is only one process after the boot");
      }
      return () -> release(0);
    }
  }
}
