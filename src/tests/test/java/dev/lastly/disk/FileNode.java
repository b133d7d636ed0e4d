package dev.lastly.disk;

import dev.lastly.disk.Change.Survival;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A file or a directory, with everything that was ever done to it. */
abstract class FileNode {
  final List<Change> changes = new ArrayList<>();

  /** An fsync of it, which makes durable what has been done to it so far, and nothing else. */
  final void synced(int at) {
    for (Change change : changes) {
      change.durableAt = Math.min(change.durableAt, at);
    }
  }

  /** A file: its bytes. */
  static final class Content extends FileNode {
    final long inode;
    private final byte[] initial;

    Content(long inode, byte[] initial) {
      this.inode = inode;
      this.initial = initial;
    }

    byte[] bytes(Function<Change, Survival> fate) {
      Growing file = new Growing(initial);
      for (Change change : changes) {
        Survival survival = fate.apply(change);
        if (survival.any()) {
          if (change.type == Change.Type.RESIZE) {
            file.resize(Math.toIntExact(change.offset));
          } else {
            write(file, change, survival);
          }
        }
      }
      return file.content();
    }

    private static void write(Growing file, Change change, Survival survival) {
      int reached = survival.sized() ? change.data.length : 0;
      for (int s = survival.sectors().nextSetBit(0);
          s >= 0;
          s = survival.sectors().nextSetBit(s + 1)) {
        reached = Math.max(reached, Math.min(change.from(s + 1), change.data.length));
      }
      file.resize(Math.max(file.length, Math.toIntExact(change.offset + reached)));
      for (int s = survival.sectors().nextSetBit(0);
          s >= 0;
          s = survival.sectors().nextSetBit(s + 1)) {
        int from = change.from(s);
        int length = Math.min(change.from(s + 1), change.data.length) - from;
        System.arraycopy(change.data, from, file.bytes, (int) change.offset + from, length);
      }
    }
  }

  /** Bytes that are not copied for each of the thousands of writes that a log consists of. */
  private static final class Growing {
    private byte[] bytes;
    private int length;

    Growing(byte[] initial) {
      this.bytes = initial.clone();
      this.length = initial.length;
    }

    /** What is new is zero, also where something was cut off before. */
    void resize(int newLength) {
      if (newLength > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(newLength, 2 * bytes.length));
      } else if (newLength < length) {
        Arrays.fill(bytes, newLength, length, (byte) 0);
      }
      length = newLength;
    }

    byte[] content() {
      return Arrays.copyOf(bytes, length);
    }
  }

  /** A directory: its entries. */
  static final class Directory extends FileNode {
    private final Map<String, FileNode> initial = new LinkedHashMap<>();

    void initially(String name, FileNode child) {
      initial.put(name, child);
    }

    Map<String, FileNode> entries(Function<Change, Survival> fate) {
      Map<String, FileNode> entries = new LinkedHashMap<>(initial);
      for (Change change : changes) {
        if (!fate.apply(change).any()) {
          continue;
        }
        if (change.child != null) {
          entries.put(change.where, change.child);
        } else {
          entries.remove(change.where);
        }
      }
      return entries;
    }
  }
}
