package dev.lastly.cleanup;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Keeps the first and the last bytes of a stream, in bounded memory. Thread-safe. */
final class OutputExcerpt {
  static final int HEAD_BYTES = 1024;
  static final int TAIL_BYTES = 3 * 1024;

  private final ByteArrayOutputStream head = new ByteArrayOutputStream();
  private final byte[] tail = new byte[TAIL_BYTES]; // a ring
  private long tailTotal;

  synchronized void add(byte[] bytes, int length) {
    int toHead = Math.min(length, HEAD_BYTES - head.size());
    head.write(bytes, 0, toHead);
    for (int i = toHead; i < length; i++) {
      tail[(int) (tailTotal++ % TAIL_BYTES)] = bytes[i];
    }
  }

  synchronized boolean truncated() {
    return tailTotal > TAIL_BYTES;
  }

  synchronized String text() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head.toByteArray());
    if (truncated()) {
      String note = "\n[… " + (tailTotal - TAIL_BYTES) + " bytes omitted …]\n";
      all.writeBytes(note.getBytes(StandardCharsets.UTF_8));
    }
    for (long i = Math.max(0, tailTotal - TAIL_BYTES); i < tailTotal; i++) {
      all.write(tail[(int) (i % TAIL_BYTES)]);
    }
    return all.toString(StandardCharsets.UTF_8);
  }
}
