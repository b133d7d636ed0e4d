package dev.lastly.cli;

import dev.lastly.cli.output.Amounts;
import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The doctor's checks of the state directory; they open no file in it. */
final class DirectoryChecks {
  /** SQLite extends the file by so much at a time. */
  private static final long SHARED_PART = 32_768;

  private static final long LITTLE_SPACE = 64L << 20;
  private static final List<String> FILES =
      List.of("", "deferred.db", "deferred.db-wal", "deferred.db-shm", "owners.lock", "witness");

  private final Path directory;

  DirectoryChecks(Path directory) {
    this.directory = directory;
  }

  Stream<CheckResult> all() {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return Stream.of(
          CheckResult.fail(
              "directory",
              "there is no directory "
                  + directory
                  + "; give the directory with which the workers open their managers, or start a"
                  + " worker, which creates it"));
    }
    try {
      FileStore store = Files.getFileStore(directory);
      return Stream.of(
          CheckResult.ok("directory", directory.toString()),
          CheckResult.ok("file-system", store.type() + ", mounted from " + store.name()),
          space(store),
          sharedMemory(),
          witness(),
          permissions());
    } catch (IOException e) {
      return Stream.of(CheckResult.fail("directory", directory + " cannot be examined: " + e));
    }
  }

  private static CheckResult space(FileStore store) throws IOException {
    long free = store.getUsableSpace();
    String text = Amounts.bytes(free) + " free";
    return free >= LITTLE_SPACE
        ? CheckResult.ok("space", text)
        : CheckResult.warn(
            "space", text + "; when it is full, nothing can be registered. Make room");
  }

  /** Its size is one stat(2): nothing opens it. */
  private CheckResult sharedMemory() throws IOException {
    Path file = directory.resolve("deferred.db-shm");
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return CheckResult.ok("shared", "no process has the database open");
    }
    long bytes = Files.size(file);
    return bytes > 0 && bytes % SHARED_PART == 0
        ? CheckResult.ok("shared", "deferred.db-shm has " + Amounts.bytes(bytes))
        : CheckResult.warn(
            "shared",
            String.format(
                Locale.ROOT,
                "%s has %d bytes; expected a multiple of %d. If it stays so, a program has cut it"
                    + " off: a worker that touches the missing part dies of SIGBUS, and the next"
                    + " worker runs what it left. Find that program and stop it, and restart the"
                    + " workers one after the other. Do not remove the file while one lives",
                file,
                bytes,
                SHARED_PART));
  }

  private CheckResult witness() throws IOException {
    Path file = directory.resolve("witness");
    if (!Files.exists(directory.resolve("deferred.db"), LinkOption.NOFOLLOW_LINKS)) {
      return CheckResult.ok("witness", "there is no database");
    }
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return CheckResult.ok("witness", "witness has " + Amounts.bytes(Files.size(file)));
    }
    return CheckResult.warn(
        "witness",
        file
            + " is missing, so nothing tells whether acknowledged functions are missing from the"
            + " database. After a backup was restored, that is as it should be. Otherwise find the"
            + " program that removes files from the state directory, and stop it. The next manager"
            + " that is opened makes another witness");
  }

  private CheckResult permissions() throws IOException {
    String user = System.getProperty("user.name", "");
    for (String name : FILES) {
      Path file = name.isEmpty() ? directory : directory.resolve(name);
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      PosixFileAttributes found =
          Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      Set<PosixFilePermission> permissions = found.permissions();
      if (permissions.contains(PosixFilePermission.GROUP_WRITE)
          || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
        return CheckResult.fail(
            "permissions",
            String.format(
                Locale.ROOT,
                "%s has mode %s, so other users can write it and make workers call anything; chmod"
                    + " go-w, unless the workers have an allow-list",
                file,
                PosixFilePermissions.toString(permissions)));
      }
      if (!found.owner().getName().equals(user)) {
        return CheckResult.warn(
            "permissions",
            String.format(
                Locale.ROOT,
                "%s belongs to user %s, and lastly runs as %s; run lastly as the workers' user",
                file,
                found.owner().getName(),
                user));
      }
    }
    return above(user);
  }

  /** What managers ask at open, unless they have an allow-list. */
  private CheckResult above(String user) throws IOException {
    Path real = directory.toRealPath();
    Optional<Posix.OpenPlace> open =
        real.getParent() == null ? Optional.empty() : Posix.openPlace(real.getParent());
    if (open.isEmpty()) {
      return CheckResult.ok("permissions", "only " + user + " may write");
    }
    return CheckResult.fail(
        "permissions",
        String.format(
            Locale.ROOT,
            "%s, a directory above the state directory, is not firm: %s. Such a user can put"
                + " another state directory in its place and make workers call anything; chmod"
                + " go-w, or set the sticky bit (chmod +t), unless the workers have an allow-list",
            open.get().directory(),
            open.get().why()));
  }
}
