package dev.lastly.cleanup;

import dev.lastly.internal.proc.MountTable;
import dev.lastly.internal.proc.ProcFormatException;
import dev.lastly.model.Precondition;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Unmounts file systems, for {@code job.defer(Mounts::unmount, mountPoint)}. Stateless and
 * thread-safe. Linux only.
 */
public final class Mounts {
  /** How long a file system may be in use before it is detached, umount(8) {@code --lazy}. */
  public static final Duration BUSY = Duration.ofSeconds(10);

  private static final Duration COMMAND_LIMIT = Duration.ofSeconds(60);
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 1000;

  /** More would be mounted on one directory by a mistake only. */
  private static final int MAX_LAYERS = 64;

  private Mounts() {}

  /**
   * Unmounts whatever is mounted on a directory. Succeeds if it is no mount point, or does not
   * exist. The directory remains; with {@link Cleanup#deleteTree} registered before, it is deleted
   * after.
   *
   * <p>A file system that is in use is tried again for {@link #BUSY}. Then it is detached: no path
   * leads to it any more, nor to those mounted below it, and the kernel unmounts it when the last
   * process has closed its files. A loop device or a key may be in use until then.
   *
   * <p>If several file systems are mounted on one directory, all are unmounted. So mount on a
   * directory of your own.
   *
   * <p><b>"Not mounted" means: not for this process.</b> A process in another mount namespace, as
   * in another container, may not see the mount, and then reports success. Run reapers in the mount
   * namespace of the workers.
   *
   * @param mountPoint an absolute path without {@code .} and {@code ..}
   * @throws IllegalArgumentException if the path is null, empty, relative, not normalised, the root
   *     or not of the default file system
   * @throws UnresolvableFunctionException if this process has no {@code umount} on its {@code
   *     PATH}, or no {@code /proc/self/mountinfo}, or cannot spell the path; another process may
   * @throws CommandFailedException if umount(8) does not end within 60 s, as when a server of NFS
   *     does not answer; or if it cannot be started
   * @throws IOException if the path is a symbolic link, if a symbolic link on the way leads
   *     nowhere, or if it is still mounted, as without the privilege to unmount
   * @throws InterruptedException if the thread is interrupted
   */
  @Precondition("requireUnmountable")
  public static void unmount(Path mountPoint)
      throws CommandFailedException, IOException, InterruptedException {
    requireUnmountable(mountPoint);
    Path point = resolved(mountPoint);
    if (point == null) {
      PathRules.requireNoDanglingLink("unmount", mountPoint);
      return; // without its parent it cannot exist
    }
    for (int layer = 0; isMounted(point); layer++) {
      if (layer == MAX_LAYERS) {
        throw new IOException(
            "unmount has unmounted "
                + layer
                + " file systems from '"
                + point
                + "', and finds more");
      }
      unmountTop(point);
    }
    // Looked at only now: to look at a mount point is to ask its file system, which may not answer.
    if (Files.isSymbolicLink(point)) {
      throw new IOException(
          "unmount('" + mountPoint + "') fails: it is a symbolic link; give what it leads to");
    }
  }

  static void requireUnmountable(Path mountPoint) {
    PathRules.requireAbsolute("unmount", mountPoint);
    Commands.requireRunnable(umount(List.of(), mountPoint));
  }

  private static @Nullable Path resolved(Path mountPoint) throws IOException {
    Path parent = Objects.requireNonNull(mountPoint.getParent());
    try {
      return parent.toRealPath().resolve(mountPoint.getFileName());
    } catch (NoSuchFileException gone) {
      return null;
    }
  }

  private static boolean isMounted(Path point) throws IOException {
    try {
      MountTable table = MountTable.ofThisProcess();
      if (table == null) {
        throw new UnresolvableFunctionException(
            "this process cannot tell whether '"
                + point
                + "' is mounted: it has no /proc/self/mountinfo; mount /proc");
      }
      return table.isMountPoint(point);
    } catch (ProcFormatException e) {
      throw new IOException("nothing was unmounted: " + e.getMessage(), e);
    }
  }

  private static void unmountTop(Path point)
      throws CommandFailedException, IOException, InterruptedException {
    long begin = System.nanoTime();
    for (long pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
      CommandOutput said;
      try {
        said = Commands.run(umount(List.of(), point));
      } catch (CommandFailedException e) {
        if (!detach(point)) {
          throw e;
        }
        return;
      }
      if (said.exitCode() == 0 || !isMounted(point)) {
        return;
      }
      if (!said.text().contains("busy") || System.nanoTime() - begin > BUSY.toNanos()) {
        if (!detach(point)) {
          throw new IOException(
              "unmount cannot unmount '"
                  + point
                  + "', and not detach it either: umount exited with "
                  + said.exitCode()
                  + " and said: "
                  + said.text().strip());
        }
        return;
      }
      Thread.sleep(pause);
    }
  }

  /** Whether the file system on top is no longer mounted there. */
  private static boolean detach(Path point)
      throws CommandFailedException, IOException, InterruptedException {
    return Commands.run(umount(List.of("-l"), point)).exitCode() == 0 || !isMounted(point);
  }

  /** The options are short: a busybox knows no others. */
  private static Command umount(List<String> options, Path point) {
    List<String> arguments = new ArrayList<>(List.of("umount"));
    arguments.addAll(options);
    arguments.add(point.toString());
    // LC_ALL: the word "busy" is looked for.
    return new Command(
        arguments, Map.of("LC_ALL", "C"), null, COMMAND_LIMIT, Command.ANY_EXIT_CODE);
  }
}
