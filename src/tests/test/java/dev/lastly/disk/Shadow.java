package dev.lastly.disk;

import dev.lastly.support.FileBoundary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    byte[] cache = new byte[0];
    byte[] device = new byte[0];
    final java.util.TreeSet<Long> dirty = new java.util.TreeSet<>();
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
          file.cache = Files.readAllBytes(name);
          file.device = file.cache.clone();
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
          write(file, b.offset(), Arrays.copyOf(b.data(), (int) b.result()));
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
          file.cache = Arrays.copyOf(file.cache, (int) b.length());
          file.device = Arrays.copyOf(file.device, (int) b.length());
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

  private static void write(File file, long offset, byte[] data) {
    int end = (int) offset + data.length;
    if (end > file.cache.length) {
      file.cache = Arrays.copyOf(file.cache, end);
    }
    System.arraycopy(data, 0, file.cache, (int) offset, data.length);
    for (long page = offset / SECTOR; page <= (end - 1) / SECTOR; page++) {
      file.dirty.add(page);
    }
  }

  private static void sync(File file, long page) {
    int from = (int) page * SECTOR;
    int end = Math.min(from + SECTOR, file.cache.length);
    if (end > file.device.length) {
      file.device = Arrays.copyOf(file.device, file.cache.length);
    }
    if (from < end) {
      System.arraycopy(file.cache, from, file.device, from, end - from);
    }
  }

  /** Writes the files of a directory as the device has them, but for the index of the log. */
  public void copy(Path directory, Path to) throws IOException {
    Files.createDirectories(to);
    for (Map.Entry<Path, File> one : files.entrySet()) {
      String name = one.getKey().getFileName().toString();
      if (directory.equals(one.getKey().getParent()) && !name.endsWith("-shm")) {
        Files.write(to.resolve(name), one.getValue().device);
      }
    }
  }
}
