package dev.lastly.internal.directory;

import dev.lastly.internal.posix.Posix;
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
      Posix.createPrivateDirectories(wanted);
      if (!Files.isDirectory(wanted, LinkOption.NOFOLLOW_LINKS)) {
        throw new StateDirectoryException(
            wanted + " is a symbolic link; give the directory that it leads to as the base");
      }
      StateDirectory directory = new StateDirectory(wanted.toRealPath());
      if (!directory.path().equals(existing)) {
        FileSystemCheck.requireLocal(directory.path(), fileSystems);
      }
      if (policy.requiresPrivateDirectory()) {
        directory.requirePrivate();
      }
      return directory;
    } catch (IOException e) {
      throw new StateDirectoryException(
          "cannot create the state directory " + wanted + ": " + e, e);
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
      throw new StateDirectoryException("cannot read " + wanted + ": " + e, e);
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
      throw new StateDirectoryException(
          "cannot sync the directory "
              + directory
              + ": "
              + e
              + "; after a power cut "
              + path
              + " might be missing. Look for errors of the device, or choose a file system that"
              + " supports fsync on directories",
          e);
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
