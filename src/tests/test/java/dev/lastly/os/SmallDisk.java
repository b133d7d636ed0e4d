package dev.lastly.os;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.lastly.support.Database;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real file system of a few MiB, which can be filled to the last block and emptied again. */
final class SmallDisk implements AutoCloseable {
  private final Path root;

  private SmallDisk(Path root) {
    this.root = root;
  }

  /** In memory. */
  static SmallDisk tmpfs(Path parent, String size) throws Exception {
    Path root = Files.createDirectory(parent.resolve("tmpfs-" + size));
    Shell.run("mount", "-t", "tmpfs", "-o", "size=" + size, "none", root.toString());
    return new SmallDisk(root);
  }

  /** On a loop device. No blocks are kept for root, who could otherwise always write. */
  static SmallDisk ext4(Path parent, String size) throws Exception {
    Path image = parent.resolve("ext4-" + size + ".image");
    Path root = Files.createDirectory(parent.resolve("ext4-" + size));
    Shell.run("truncate", "-s", size, image.toString());
    Shell.run("mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image.toString());
    Shell.run("mount", "-o", "loop", image.toString(), root.toString());
    return new SmallDisk(root);
  }

  /** The base of a state directory. */
  Path base() {
    return root;
  }

  private Path filler() {
    return root.resolve("filler");
  }

  /** Another program takes every block that is free. */
  void fill() throws IOException {
    fill(0);
  }

  /** Another program takes every block that is free, but for so many bytes. */
  void fill(long left) throws IOException {
    try (FileChannel file = FileChannel.open(filler(), CREATE, WRITE, APPEND)) {
      for (int bytes = 1 << 16;
          bytes >= 1 << 10 && (left == 0 || root.toFile().getUsableSpace() > left); ) {
        try {
          bytes = file.write(ByteBuffer.allocate(bytes)) < bytes ? bytes / 2 : bytes;
        } catch (IOException e) { // no space left for so much
          bytes /= 2;
        }
      }
    }
  }

  /** Another program takes every block that is free, but for so many bytes, in small steps. */
  void fillExactly(long left) throws IOException {
    fill(left + (1 << 17));
    try (FileChannel file = FileChannel.open(filler(), CREATE, WRITE, APPEND)) {
      while (root.toFile().getUsableSpace() > left) {
        file.write(ByteBuffer.allocate(1 << 10));
      }
    }
  }

  /** Everything but what is written in place fails. */
  Database exhaust() throws Exception {
    Database reader = Database.read(root);
    reader.begin();
    reader.functions(); // from here on, the log cannot begin again
    fill();
    Files.deleteIfExists(Database.file(root).resolveSibling("reserve"));
    fill();
    return reader;
  }

  /** That program gives it all back. */
  void empty() throws IOException {
    Files.delete(filler());
  }

  @Override
  public void close() throws Exception {
    Shell.run("umount", "-l", root.toString());
  }
}
