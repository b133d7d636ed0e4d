package dev.lastly.disk;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** One change of a file's content or size, or of a directory's entries, until it is durable. */
final class Change {
  /** The unit that a device writes wholly or not at all. */
  static final int SECTOR = 512;

  private static final byte[] NO_DATA = new byte[0];

  final int at;
  final Type type;
  final String where;
  final long offset;
  final byte[] data;
  final @Nullable FileNode child;

  /** The fsync that made it durable; later than everything if none did. */
  int durableAt = Integer.MAX_VALUE;

  private Change(
      int at, Type type, String where, long offset, byte[] data, @Nullable FileNode child) {
    this.at = at;
    this.type = type;
    this.where = where;
    this.offset = offset;
    this.data = data;
    this.child = child;
  }

  enum Type {
    WRITE,
    RESIZE,
    LINK,
    UNLINK
  }

  /** What of it reached the device. The size of a file can, and can fail to, without the data. */
  record Survival(BitSet sectors, boolean sized) {
    static final Survival NONE = new Survival(new BitSet(), false);

    boolean any() {
      return sized || !sectors.isEmpty();
    }
  }

  static Change write(int at, String file, long offset, byte[] data) {
    return new Change(at, Type.WRITE, file, offset, data, null);
  }

  static Change resize(int at, String file, long size) {
    return new Change(at, Type.RESIZE, file, size, NO_DATA, null);
  }

  static Change link(int at, String name, FileNode child) {
    return new Change(at, Type.LINK, name, 0, NO_DATA, child);
  }

  static Change unlink(int at, String name) {
    return new Change(at, Type.UNLINK, name, 0, NO_DATA, null);
  }

  /** How many sectors of the device it touches; what is not a write is done as a whole. */
  int sectors() {
    if (type != Type.WRITE || data.length == 0) {
      return 1;
    }
    return (int) ((offset + data.length - 1) / SECTOR - offset / SECTOR) + 1;
  }

  Survival whole() {
    return first(sectors());
  }

  /** Its first sectors, and the size that they need. */
  Survival first(int count) {
    BitSet sectors = new BitSet();
    sectors.set(0, count);
    return new Survival(sectors, count == sectors());
  }

  /** Where in the data the given sector begins. */
  int from(int sector) {
    return (int) Math.max(0, (offset / SECTOR + sector) * SECTOR - offset);
  }

  @Override
  public String toString() {
    return "%d: %s %s%s"
        .formatted(
            at,
            type.name().toLowerCase(java.util.Locale.ROOT),
            where,
            type == Type.WRITE ? " " + offset + "+" + data.length : "");
  }
}
