package dev.lastly.disk;

import dev.lastly.support.FileBoundary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a device holds after a recorded run, if the power goes at its end: of each file what was
 * synced. As on Linux, an fsync that fails drops what it should have written: the pages count as
 * clean afterwards, so a later fsync succeeds without them. Names and lengths are taken for
 * durable, and so is what was there when the recording began.
 */
public final class Shadow {
  private static final int SECTOR = 4096; // a page of the cache is written or dropped as a whole

  private static final class File {
    final Contents cache = new Contents();
    final Contents device = new Contents();
    final TreeSet<Integer> dirty = new TreeSet<>(); // pages
  }

  /** Bytes that grow by half, because a log of thousands of writes grows with each of them. */
  private static final class Contents {
    private byte[] bytes = new byte[0];
    private int length;

    void resize(int newLength) {
      if (newLength > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(newLength, bytes.length + bytes.length / 2));
      } else if (newLength < length) {
        Arrays.fill(bytes, newLength, length, (byte) 0);
      }
      length = newLength;
    }

    void put(int offset, byte[] data, int from, int count) {
      if (count > 0) {
        resize(Math.max(length, offset + count));
        System.arraycopy(data, from, bytes, offset, count);
      }
    }

    byte[] get() {
      return Arrays.copyOf(bytes, length);
    }
  }

  private final Map<Path, File> files = new TreeMap<>();

  /** Replays a recording that began with an empty directory. */
  static Shadow of(List<FileBoundary> recording) {
    Shadow shadow = new Shadow();
    recording.forEach(shadow::apply);
    return shadow;
  }

  /**
   * Replays a recording.
   *
   * @param directory which is recorded
   * @param before a copy of it from before the recording; it need not exist
   */
  public static Shadow of(List<FileBoundary> recording, Path directory, Path before)
      throws IOException {
    Shadow shadow = new Shadow();
    if (Files.exists(before)) {
      try (Stream<Path> names = Files.list(before)) {
        for (Path name : names.filter(Files::isRegularFile).toList()) {
          File file = new File();
          byte[] there = Files.readAllBytes(name);
          file.cache.put(0, there, 0, there.length);
          file.device.put(0, there, 0, there.length);
          shadow.files.put(directory.resolve(name.getFileName()), file);
        }
      }
    }
    recording.forEach(shadow::apply);
    return shadow;
  }

  private void apply(FileBoundary b) {
    File file = files.computeIfAbsent(b.path(), path -> new File());
    switch (b.kind()) {
      case "write" -> {
        if (b.result() > 0) {
          write(file, (int) b.offset(), b.data(), (int) b.result());
        }
      }
      case "fsync", "fdatasync" -> {
        if (b.succeeded()) {
          file.dirty.forEach(page -> sync(file, page));
        }
        file.dirty.clear();
      }
      case "ftruncate", "truncate" -> {
        if (b.succeeded()) {
          file.cache.resize((int) b.length());
          file.device.resize((int) b.length());
        }
      }
      case "unlink" -> {
        if (b.succeeded()) {
          files.remove(b.path());
        }
      }
      case "rename" -> {
        if (b.succeeded()) {
          files.put(Path.of(b.to()), file);
          files.remove(b.path());
        }
      }
      default -> {
        // It changes no contents.
      }
    }
  }

  private static void write(File file, int offset, byte[] data, int count) {
    file.cache.put(offset, data, 0, count);
    for (int page = offset / SECTOR; page <= (offset + count - 1) / SECTOR; page++) {
      file.dirty.add(page);
    }
  }

  private static void sync(File file, int page) {
    int from = page * SECTOR;
    int end = Math.min(from + SECTOR, file.cache.length);
    file.device.put(from, file.cache.bytes, from, end - from);
  }

  /** Writes the files of a directory as the device has them, but for the index of the log. */
  public void copy(Path directory, Path to) throws IOException {
    Files.createDirectories(to);
    for (Map.Entry<Path, File> one : files.entrySet()) {
      String name = one.getKey().getFileName().toString();
      if (directory.equals(one.getKey().getParent()) && !name.endsWith("-shm")) {
        Files.write(to.resolve(name), one.getValue().device.get());
      }
    }
  }
}
