package dev.lastly.cleanup;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Opens directories, and adds the owner permissions that deleting needs. Stateless. */
final class OwnDirectories {
  private static final Set<PosixFilePermission> OWNER_ALL =
      PosixFilePermissions.fromString("rwx------");

  private OwnDirectories() {}

  static SecureDirectoryStream<Path> open(Level level, Path entry) throws IOException {
    try {
      return level.stream().newDirectoryStream(entry, LinkOption.NOFOLLOW_LINKS);
    } catch (AccessDeniedException denied) {
      try {
        makeReadable(level, entry);
      } catch (IOException e) {
        denied.addSuppressed(e);
        throw denied;
      }
      return level.stream().newDirectoryStream(entry, LinkOption.NOFOLLOW_LINKS);
    }
  }

  /**
   * Adds owner permissions to an open directory. Ignores a failure: the deletion that needs the
   * permissions will report it.
   */
  static void makeWritable(SecureDirectoryStream<Path> opened) throws IOException {
    PosixFileAttributeView view = opened.getFileAttributeView(PosixFileAttributeView.class);
    Set<PosixFilePermission> permissions = EnumSet.copyOf(OWNER_ALL);
    PosixFileAttributes attributes = view.readAttributes();
    if (attributes.permissions().containsAll(OWNER_ALL)) {
      return;
    }
    permissions.addAll(attributes.permissions());
    try {
      view.setPermissions(permissions);
    } catch (IOException notOurs) {
      return; // group permissions may suffice; if not, each entry's failure is reported
    }
  }

  private static void makeReadable(Level level, Path entry) throws IOException {
    try {
      level.stream()
          .getFileAttributeView(entry, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setPermissions(OWNER_ALL);
    } catch (AccessDeniedException e) {
      // Java 17 must open the directory to change it, which is not permitted here. A change by name
      // follows a link. So do it only if no other user can put a link there, and add only owner
      // permissions.
      if (othersCanWrite(level)) {
        throw e;
      }
      Files.setPosixFilePermissions(level.path().resolve(entry), OWNER_ALL);
    }
  }

  private static boolean othersCanWrite(Level level) throws IOException {
    Set<PosixFilePermission> permissions =
        level.stream()
            .getFileAttributeView(PosixFileAttributeView.class)
            .readAttributes()
            .permissions();
    return permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE);
  }
}
