package dev.lastly.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a process did to a file at one boundary, as {@link Interposer} logs it.
 *
 * @param number counted from 1; 0 for a mark
 * @param kind the call, or {@code lock}, {@code unlock}, {@code store}, {@code kill}
 * @param path the file
 * @param inode the file's, or 0 if there was none; paths are used again, inodes tell
 * @param offset where in the file
 * @param length how much was asked for, or the new length
 * @param result what the system call returned
 * @param to of a rename or link: the new name; of a kill: the kind that was under way
 * @param data what was written, empty unless it was asked for
 */
@SuppressWarnings("ArrayRecordComponent") // two of them are never compared
public record FileBoundary(
    long number,
    String kind,
    Path path,
    long inode,
    long offset,
    long length,
    long result,
    String to,
    byte[] data) {

  /** All records of a log, in the order in which they happened. */
  public static List<FileBoundary> read(Path log) throws IOException {
    byte[] bytes = Files.readAllBytes(log);
    List<FileBoundary> boundaries = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      int end = at;
      while (bytes[end] != '\n') {
        end++;
      }
      String[] f = new String(bytes, at, end - at, UTF_8).split("\t", -1);
      int length = Integer.parseInt(f[8]);
      at = end + 1 + length;
      boundaries.add(
          new FileBoundary(
              Long.parseLong(f[0]),
              f[1],
              Path.of(f[2]),
              Long.parseLong(f[3]),
              Long.parseLong(f[4]),
              Long.parseLong(f[5]),
              Long.parseLong(f[6]),
              f[7],
              Arrays.copyOfRange(bytes, end + 1, at)));
    }
    return boundaries;
  }

  /** Whether it is a write to a file of marks, not a change of a watched one. */
  public boolean isMark() {
    return number == 0;
  }

  /** The text of a mark. */
  public String text() {
    return new String(data, UTF_8).strip();
  }

  /** Whether it has done anything. */
  public boolean succeeded() {
    return result >= 0;
  }

  @Override
  public String toString() {
    String where = length > 0 || offset > 0 ? " " + offset + "+" + length : "";
    return "%d: %s %s%s%s"
        .formatted(number, kind, path.getFileName(), where, to.isEmpty() ? "" : " " + to);
  }
}
