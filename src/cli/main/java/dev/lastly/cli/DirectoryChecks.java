package dev.lastly.cli;

import dev.lastly.cli.output.Amounts;
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
import java.util.Set;
import java.util.stream.Stream;

/** What the doctor asks of the state directory, without opening a file of it. */
final class DirectoryChecks {
  private static final long LITTLE_SPACE = 64L << 20;
  private static final List<String> FILES =
      List.of("", "deferred.db", "deferred.db-wal", "deferred.db-shm", "owners.lock");

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
                  + "; say what the workers open their managers with, or start one, which makes"
                  + " it"));
    }
    try {
      FileStore store = Files.getFileStore(directory);
      return Stream.of(
          CheckResult.ok("directory", directory.toString()),
          CheckResult.ok("file-system", store.type() + ", mounted from " + store.name()),
          space(store),
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
                "%s has %s: who can write it can make workers call anything; chmod go-w, unless the"
                    + " workers have an allow-list",
                file,
                PosixFilePermissions.toString(permissions)));
      }
      if (!found.owner().getName().equals(user)) {
        return CheckResult.warn(
            "permissions",
            String.format(
                Locale.ROOT,
                "%s belongs to %s, and this is %s; run lastly as the workers' user",
                file,
                found.owner().getName(),
                user));
      }
    }
    return CheckResult.ok("permissions", "only " + user + " may write");
  }
}
