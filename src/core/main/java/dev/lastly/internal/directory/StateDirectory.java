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
 * A directory that has been found fit to hold the database.
 *
 * @param path {@code <stateDirBase>/deferred}, absolute and without symbolic links
 */
public record StateDirectory(Path path) {
  private static final Logger log = LoggerFactory.getLogger(StateDirectory.class);
  private static final String DATABASE = "deferred.db";
  private static final String LOCK_FILE = "owners.lock";

  /**
   * Creates the directory if need be (mode 0700) and checks it.
   *
   * @param stateDirBase the directory that it is, or will be, in
   * @param stem its name
   * @param policy decides whether others may be able to write it
   * @param fileSystems types beyond those that are known to be local
   * @throws StateDirectoryException if it cannot be created, lies on a file system of another type,
   *     or is open to others although the policy does not allow that
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
   * Finds a directory that {@link #prepare} has made, for somebody who only looks, or who changes
   * rows but calls nothing that they say: so it does not matter who else can write it.
   *
   * @param stateDirBase the directory that it is in
   * @param stem its name
   * @param fileSystems types beyond those that are known to be local
   * @throws StateDirectoryException if it is not there, or lies on a file system of another type
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
              "user id %d may not look into %s: %s; run this as the workers' user or as root, or"
                  + " let this user enter all directories down to that one and read the files in"
                  + " it",
              Posix.uid(),
              wanted,
              e),
          e);
    } catch (IOException e) {
      throw new StateDirectoryException("cannot look into " + wanted + ": " + e, e);
    }
  }

  /** The SQLite file. */
  public Path database() {
    return path.resolve(DATABASE);
  }

  /** The file whose bytes owners hold. */
  public Path lockFile() {
    return path.resolve(LOCK_FILE);
  }

  /**
   * Makes the directory, the names in it and the names that lead to it survive a power cut. To be
   * called before anything in it is promised to, and by whoever fills it, not by whoever made it:
   * the maker may have been killed right afterwards. So every directory above it counts, whether
   * this process has made it or not.
   *
   * @throws StateDirectoryException if the device, or the file system, cannot
   */
  public void makeDurable() {
    Path directory = path;
    try {
      // What was made here is on one file system: directories above a mount point are older.
      for (;
          directory != null && Posix.sameDevice(directory, path);
          directory = directory.getParent()) {
        try {
          Posix.syncNames(directory);
        } catch (AccessDeniedException e) {
          log.debug("{} cannot be read, so not even made in, by this user", directory, e);
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
                "%s is not private: %s. Whoever can write it can make this process call any method."
                    + " Either take the others' permissions away (chmod go-w), or say what may be"
                    + " called with Settings.policy(FunctionPolicy.allowList()…)",
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
