package dev.lastly.testkit;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A directory tree at one moment: kinds, permissions, contents and where links lead, but no times.
 *
 * @param entries a description of each path below the root
 */
record TreeSnapshot(SortedMap<String, String> entries) {
  private static final int MAX_LINES = 20;
  private static final int DIGEST_CHARACTERS = 12;

  /** Reads everything below a directory; does not follow links. */
  static TreeSnapshot of(Path root) throws IOException {
    SortedMap<String, String> entries = new TreeMap<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (!directory.equals(root)) {
              entries.put(root.relativize(directory).toString(), describe(directory, attributes));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            entries.put(root.relativize(file).toString(), describe(file, attributes));
            return FileVisitResult.CONTINUE;
          }
        });
    return new TreeSnapshot(entries);
  }

  private static String describe(Path path, BasicFileAttributes attributes) throws IOException {
    if (attributes.isSymbolicLink()) {
      return "link to " + Files.readSymbolicLink(path);
    }
    String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    if (attributes.isDirectory()) {
      return "directory " + mode;
    }
    return attributes.isRegularFile()
        ? String.format(Locale.ROOT, "file %s, %d bytes, %s", mode, attributes.size(), digest(path))
        : "special file " + mode;
  }

  private static String digest(Path file) throws IOException {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return HexFormat.of().formatHex(hash).substring(0, DIGEST_CHARACTERS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** How another tree differs from this one, one line for each path. */
  String difference(TreeSnapshot found) {
    List<String> lines = new ArrayList<>();
    TreeSet<String> paths = new TreeSet<>(entries.keySet());
    paths.addAll(found.entries().keySet());
    for (String path : paths) {
      @Nullable String here = entries.get(path);
      @Nullable String there = found.entries().get(path);
      if (here == null) {
        lines.add("left over: " + path + " (" + there + ")");
      } else if (there == null) {
        lines.add("missing: " + path + " (" + here + ")");
      } else if (!here.equals(there)) {
        lines.add("differs: " + path + " (" + there + " instead of " + here + ")");
      }
    }
    return lines.size() <= MAX_LINES
        ? String.join("\n", lines)
        : String.join("\n", lines.subList(0, MAX_LINES)) + "\n… and " + (lines.size() - MAX_LINES);
  }
}
