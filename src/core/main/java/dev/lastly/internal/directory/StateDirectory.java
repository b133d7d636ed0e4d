package dev.lastly.internal.directory;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.posix.StorageFault;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.StateDirectoryException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that has been checked and can hold the database. Immutable.
 *
 * @param path {@code <stateDirBase>/deferred}, absolute and without symbolic links
 */
public record StateDirectory(Path path) {
  private static final Logger log = LoggerFactory.getLogger(StateDirectory.class);
  private static final String DATABASE = "deferred.db";
  private static final String LOCK_FILE = "owners.lock";

  private static final String GUARDIAN_LOG = "guardian.log";
  private static final String GUARDIAN_NEWS = "guardian.last";

  /** All that is opened in it by its path. */
  private static final List<String> FILES =
      List.of(
          DATABASE,
          DATABASE + "-wal",
          DATABASE + "-shm",
          DATABASE + "-journal",
          LOCK_FILE,
          "witness",
          "unsynced",
          "reserve",
          GUARDIAN_LOG,
          GUARDIAN_NEWS,
          GUARDIAN_NEWS + ".new");

  /** For SQLite's native library, if there is no other place for it. */
  private static final String CACHE = "cache";

  /**
   * Checks the directory, and creates it first (mode 0700) if it does not exist.
   *
   * @param stateDirBase the parent of the state directory
   * @param stem the name of the state directory
   * @param policy decides whether other users may be able to write it
   * @param fileSystems types to accept in addition to those that are known to be local
   * @throws StateDirectoryException if it cannot be created, lies on a file system of another type,
   *     or other users can write it although the policy does not allow that
   */
  public static StateDirectory prepare(
      Path stateDirBase, String stem, FunctionPolicy policy, Set<String> fileSystems) {
    Path wanted = stateDirBase.toAbsolutePath().normalize().resolve(stem);
    try {
      Path existing = nearestExisting(wanted);
      FileSystemCheck.requireLocal(existing, fileSystems);
      if (policy.requiresPrivateDirectory()) {
        // First: what others can rename may lead anywhere by the time that this process creates it.
        requireFirmPlace(wanted.equals(existing) ? wanted.getParent() : existing);
      }
      Posix.createPrivateDirectories(wanted);
      if (!Files.isDirectory(wanted, LinkOption.NOFOLLOW_LINKS)) {
        throw new StateDirectoryException(
            wanted + " is a symbolic link; give the directory that it leads to as the base");
      }
      StateDirectory directory = new StateDirectory(wanted.toRealPath());
      if (!directory.path().equals(existing)) {
        FileSystemCheck.requireLocal(directory.path(), fileSystems);
      }
      directory.requireNoLinks();
      if (policy.requiresPrivateDirectory()) {
        requireFirmPlace(directory.path().getParent());
        directory.requirePrivate();
      }
      return directory;
    } catch (IOException e) {
      throw new StateDirectoryException(
          "cannot create the state directory " + wanted + ": " + e + StorageFault.adviceOn(e), e);
    }
  }

  /**
   * Finds a directory that {@link #prepare} has created, for a process that calls no function of
   * it. So it does not check whether other users can write the directory.
   *
   * @param stateDirBase the parent of the state directory
   * @param stem the name of the state directory
   * @param fileSystems types to accept in addition to those that are known to be local
   * @throws StateDirectoryException if it does not exist, this user may not read it, or it lies on
   *     a file system of another type
   */
  public static StateDirectory existing(Path stateDirBase, String stem, Set<String> fileSystems) {
    Path wanted = stateDirBase.toAbsolutePath().normalize().resolve(stem);
    try {
      if (!Files.readAttributes(wanted, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isDirectory()) {
        throw new StateDirectoryException(
            wanted
                + " is not a directory; give the base that the workers open their managers with");
      }
      StateDirectory directory = new StateDirectory(wanted.toRealPath());
      FileSystemCheck.requireLocal(directory.path(), fileSystems);
      return directory;
    } catch (NoSuchFileException e) {
      throw new StateDirectoryException(
          String.format(
              Locale.ROOT,
              "there is no state directory %s; give the base that the workers open their managers"
                  + " with",
              wanted),
          e);
    } catch (AccessDeniedException e) {
      throw new StateDirectoryException(
          String.format(
              Locale.ROOT,
              "user id %d may not read %s: %s; run this as the workers' user or as root, or"
                  + " let this user enter all directories down to that one and read the files in"
                  + " it",
              Posix.uid(),
              wanted,
              e),
          e);
    } catch (IOException e) {
      throw new StateDirectoryException(
          "cannot read " + wanted + ": " + e + StorageFault.adviceOn(e), e);
    }
  }

  /** Whether what is in it is lost when the machine stops: it lies in memory. */
  public boolean isInMemory() {
    try {
      return FileSystemCheck.isInMemory(path);
    } catch (IOException e) {
      log.debug("cannot tell what file system {} lies on", path, e);
      return false;
    }
  }

  /** The SQLite file. */
  public Path database() {
    return path.resolve(DATABASE);
  }

  /** The file whose bytes owners lock. */
  public Path lockFile() {
    return path.resolve(LOCK_FILE);
  }

  /** What the guardian, and the functions that it runs, print. */
  public Path guardianLog() {
    return path.resolve(GUARDIAN_LOG);
  }

  /** One line: what last became of the guardian. */
  public Path guardianNews() {
    return path.resolve(GUARDIAN_NEWS);
  }

  /**
   * Syncs the directory and its ancestors, so that the names in it and the names that lead to it
   * survive a power cut. Call it before the first durable registration. The process that fills the
   * directory must call it, because the process that created it may have been killed before it
   * could sync. So this syncs every ancestor, whether this process created it or not.
   *
   * @throws StateDirectoryException if the device or the file system cannot sync a directory
   */
  public void makeDurable() {
    Path directory = path;
    try {
      // The created directories lie on one file system: a directory above a mount point is older.
      for (;
          directory != null && Posix.sameDevice(directory, path);
          directory = directory.getParent()) {
        try {
          Posix.syncNames(directory);
        } catch (AccessDeniedException e) {
          log.debug(
              "this user may not read {}, so this user did not create the directory in it",
              directory,
              e);
        }
      }
    } catch (IOException e) {
      String advice = StorageFault.adviceOn(e);
      throw new StateDirectoryException(
          "cannot sync the directory "
              + directory
              + ": "
              + e
              + "; after a power cut "
              + path
              + " might be missing"
              + (advice.isEmpty()
                  ? ". Look for errors of the device, or choose a file system that supports fsync"
                      + " on directories"
                  : advice),
          e);
    }
  }

  /**
   * Checks that what was checked is still what the path leads to, for a process that has opened its
   * files by their paths since.
   *
   * @param policy decides whether other users may be able to write it
   * @throws StateDirectoryException if a file has become a symbolic link, or others can write it
   */
  public void requireUnchanged(FunctionPolicy policy) {
    try {
      if (!path.toRealPath().equals(path)) {
        throw new StateDirectoryException(
            path + " has become a symbolic link; nothing was written");
      }
      requireNoLinks();
      if (policy.requiresPrivateDirectory()) {
        requireFirmPlace(path.getParent());
        requirePrivate();
      }
    } catch (IOException e) {
      throw new StateDirectoryException(
          "cannot look at " + path + ": " + e + StorageFault.adviceOn(e), e);
    }
  }

  /** SQLite follows a symbolic link, and would create or fill a file that it leads to. */
  private void requireNoLinks() throws IOException {
    for (String name : FILES) {
      Path file = path.resolve(name);
      try {
        BasicFileAttributes found =
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isRegularFile()) {
          throw planted(
              file, found.isSymbolicLink() ? "a symbolic link" : "no regular file", "file");
        }
      } catch (NoSuchFileException e) {
        log.debug("{} has not been created yet", file, e);
      }
    }
    Path cache = path.resolve(CACHE);
    if (Files.isSymbolicLink(cache)) {
      throw planted(cache, "a symbolic link", "directory");
    }
  }

  private static StateDirectoryException planted(Path file, String found, String expected) {
    return new StateDirectoryException(
        String.format(
            Locale.ROOT,
            "%s is %s, not a %s of its own. Another user may have planted it. Find out what it is,"
                + " and remove it if no worker needs it",
            file,
            found,
            expected));
  }

  /** A user who can rename a directory above can put another one in its place at any moment. */
  private static void requireFirmPlace(@Nullable Path existing) throws IOException {
    if (existing == null) {
      return;
    }
    Optional<Posix.OpenPlace> open = Posix.openPlace(existing);
    if (open.isPresent()) {
      throw new StateDirectoryException(
          String.format(
              Locale.ROOT,
              "%s, a directory above the state directory, is not firm: %s. Such a user can put"
                  + " another state directory in its place and make this process call any method."
                  + " Either remove the permissions of other users (chmod go-w), set the sticky"
                  + " bit (chmod +t), choose a base below a directory of your own, or restrict"
                  + " the methods with Settings.policy(FunctionPolicy.allowList()…)",
              open.get().directory(),
              open.get().why()));
    }
  }

  private void requirePrivate() throws IOException {
    for (Path file : List.of(path, database(), lockFile())) {
      Optional<String> open;
      try {
        open = Posix.openToOthers(file);
      } catch (NoSuchFileException e) {
        continue; // not created yet
      }
      if (open.isPresent()) {
        throw new StateDirectoryException(
            String.format(
                Locale.ROOT,
                "%s is not private: %s. A user who can write it can make this process call any"
                    + " method. Either remove the permissions of other users (chmod go-w), or"
                    + " restrict the methods with Settings.policy(FunctionPolicy.allowList()…)",
                file,
                open.get()));
      }
    }
  }

  private static Path nearestExisting(Path path) throws IOException {
    Path existing = path;
    while (!Files.exists(existing)) {
      Path parent = existing.getParent();
      if (parent == null) {
        throw new NoSuchFileException(path.toString());
      }
      existing = parent;
    }
    return existing.toRealPath();
  }
}
