package dev.lastly.internal.owner;

import dev.lastly.internal.owner.Owners.Held;
import dev.lastly.internal.owner.Owners.HeldBytes;
import dev.lastly.internal.owner.Owners.Holder;
import dev.lastly.internal.posix.Descriptors;
import dev.lastly.internal.posix.FileId;
import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.posix.StorageFault;
import dev.lastly.model.StateDirectoryException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock file of one state directory, opened once per JVM and never closed.
 *
 * <p>POSIX drops every lock of a process on a file when the process closes <em>any</em> descriptor
 * of that file, fcntl_locking(2). So no code in this JVM may open {@code owners.lock} a second
 * time, not even to read it. Thread-safe.
 */
final class LockFile implements Owners.OwnerLocks {
  private static final Logger log = LoggerFactory.getLogger(LockFile.class);
  static final long FIRST_OPEN = 0;

  /** How often an open starts again because the file was replaced during it. */
  private static final int MAX_TRIES = 20;

  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  // By device and inode: a file that was deleted and created again gets a channel of its own. The
  // old channel stays open and keeps the bytes of the owners that registered with the old file.
  private static final Map<String, LockFile> OPEN = new ConcurrentHashMap<>();

  private final Path path;
  private final FileId file;
  private final FileChannel channel;
  private final boolean readOnly;

  /**
   * Each try and each release of a lock holds this monitor. Without it, a look that meets another
   * thread's look throws {@link OverlappingFileLockException}, as if this JVM held the byte for a
   * living owner. Interned, because the JDK knows the locks of the whole JVM: copies of this
   * library in other class loaders get the same object.
   */
  private final Object oneAtATime;

  private final Map<Long, FileLock> held = new HashMap<>(); // guarded by oneAtATime

  private LockFile(Path path, FileId file, FileChannel channel, boolean readOnly) {
    this.path = path;
    this.file = file;
    this.channel = channel;
    this.readOnly = readOnly;
    this.oneAtATime =
        (LockFile.class.getName() + ' ' + file.device() + ' ' + file.inode()).intern();
  }

  static LockFile open(Path path) {
    return open(path, () -> {});
  }

  /**
   * Opens the file, with an observer.
   *
   * @param opened runs after a descriptor was opened and before its file is identified; tests
   *     replace the file here
   */
  static LockFile open(Path path, Runnable opened) {
    return open(
        path,
        Set.of(
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            LinkOption.NOFOLLOW_LINKS),
        opened);
  }

  /**
   * Opens the file for a user who may read it but not write it. Such a process can probe bytes by
   * shared locks, and cannot hold any.
   */
  static LockFile openToLook(Path path) {
    return open(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS), () -> {});
  }

  private static LockFile open(Path path, Set<OpenOption> options, Runnable opened) {
    synchronized (OPEN) {
      try {
        for (int i = 0; i < MAX_TRIES; i++) {
          LockFile found = openOnce(path, options, opened);
          if (found != null && found.isInPlace()) {
            return found;
          }
        }
      } catch (IOException e) {
        throw new StateDirectoryException(
            "cannot open the lock file " + path + ": " + e + StorageFault.adviceOn(e), e);
      }
    }
    throw new StateDirectoryException(
        String.format(
            Locale.ROOT,
            "the lock file %s was replaced %d times while it was being opened; find the program"
                + " that removes it and stop it",
            path,
            MAX_TRIES));
  }

  /**
   * The lock file that the path leads to, or led to a moment ago.
   *
   * @return null if this process cannot tell which file it has opened
   */
  private static @Nullable LockFile openOnce(Path path, Set<OpenOption> options, Runnable opened)
      throws IOException {
    boolean readOnly = !options.contains(StandardOpenOption.WRITE);
    FileId there = FileId.ifThere(path);
    LockFile known = there == null ? null : OPEN.get(key(path, there, readOnly));
    if (known != null) {
      return known;
    }
    Descriptors before = Descriptors.named(path.getFileName().toString());
    FileChannel channel = anchored(path, options);
    opened.run();
    Set<FileId> files = before.openedSince();
    if (files.isEmpty()) {
      files = Set.of(FileId.of(path)); // without /proc, only the path can tell
    }
    if (files.size() > 1) { // another copy of this library opened one at the same moment
      return null;
    }
    FileId file = files.iterator().next();
    LockFile made = new LockFile(path, file, channel, readOnly);
    // Even if it is no longer in its place: it stays open, and may be moved back.
    OPEN.put(key(path, file, readOnly), made);
    return made;
  }

  /**
   * The key tells a read-only channel from a writable one: the first stays open when the second is
   * opened later.
   */
  private static String key(Path path, FileId file, boolean readOnly) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    return String.format(
        Locale.ROOT,
        "%s#%d#%d%s",
        directory == null ? path : directory.toRealPath().resolve(path.getFileName()),
        file.device(),
        file.inode(),
        readOnly ? "#read" : "");
  }

  private static FileChannel anchored(Path path, Set<OpenOption> options) throws IOException {
    // Create and open in one call: closing a second descriptor, used only to create the file, would
    // drop locks that another copy of this library in the JVM has just taken.
    FileChannel channel = FileChannel.open(path, options, Posix.privateFile());
    Anchor.hold(channel);
    return channel;
  }

  @Override
  public long inode() {
    return file.inode();
  }

  @Override
  public boolean isInPlace() {
    try {
      return FileId.of(path).equals(file);
    } catch (IOException e) {
      return false; // deleted, or invisible to this user: not in place in both cases
    }
  }

  @Override
  public boolean hold(long number) {
    try {
      synchronized (oneAtATime) {
        FileLock lock = channel.tryLock(number, 1, false);
        if (lock != null) {
          held.put(number, lock);
        }
        return lock != null;
      }
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      String advice = StorageFault.adviceOn(e);
      throw new StateDirectoryException(
          "cannot lock byte "
              + number
              + " of "
              + path
              + ": "
              + e
              + (advice.isEmpty() ? "; the file system must support fcntl locks" : advice),
          e);
    }
  }

  @Override
  public void release(long number) {
    synchronized (oneAtATime) {
      FileLock lock = held.remove(number);
      if (lock != null) {
        release(lock, number);
      }
    }
  }

  private void release(FileLock lock, long number) {
    try {
      lock.release();
    } catch (IOException e) {
      log.warn(
          "cannot release lock byte {} of {}; the kernel frees it when this JVM ends",
          number,
          path,
          e);
    }
  }

  @Override
  public HeldBytes holders() {
    return ProcLocks.holders(file.inode());
  }

  /**
   * Locks the byte for a moment if it is free. Another prober then takes its owner for ALIVE and
   * probes again later.
   */
  @Override
  public Holder probe(long number) {
    try {
      synchronized (oneAtATime) {
        if (held.containsKey(number)) {
          return Holder.THIS_JVM;
        }
        FileLock lock = channel.tryLock(number, 1, readOnly);
        if (lock == null) {
          return Holder.ANOTHER_PROCESS;
        }
        release(lock, number);
        return Holder.NOBODY;
      }
    } catch (OverlappingFileLockException e) {
      return Holder.THIS_JVM;
    } catch (IOException e) {
      log.warn("cannot probe lock byte {} of {}", number, path, e);
      return Holder.UNUSABLE;
    }
  }

  @Override
  public boolean isFree(long first, long count) {
    try {
      synchronized (oneAtATime) {
        // A shared lock: two processes that probe at the same time do not take each other for
        // holders.
        FileLock lock = channel.tryLock(first, count, true);
        if (lock != null) {
          release(lock, first);
        }
        return lock != null;
      }
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      log.warn("cannot probe lock bytes {} and up of {}", first, path, e);
      return true;
    }
  }

  @Override
  public Held exclusive(Duration timeout) {
    long start = System.nanoTime();
    while (!hold(FIRST_OPEN)) {
      if (System.nanoTime() - start > timeout.toNanos()) {
        throw new StateDirectoryException(
            path
                + ": another process has been creating or upgrading the database for"
                + " longer than "
                + timeout
                + "; look for one that is stopped");
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
    return () -> release(FIRST_OPEN);
  }
}
