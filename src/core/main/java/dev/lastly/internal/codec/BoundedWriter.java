package dev.lastly.internal.codec;

import java.io.IOException;
import java.io.Writer;

/**
 * Throws when its text exceeds a limit, so that a huge object graph cannot fill the heap. For one
 * thread.
 */
final class BoundedWriter extends Writer {
  private final StringBuilder text = new StringBuilder();
  private final int limit;
  private boolean full;

  BoundedWriter(int limit) {
    this.limit = limit;
  }

  @Override
  public void write(char[] buffer, int offset, int length) throws IOException {
    if (text.length() + length > limit) {
      full = true;
      throw new IOException("more than " + limit + " characters");
    }
    text.append(buffer, offset, length);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}

  boolean isFull() {
    return full;
  }

  String text() {
    return text.toString();
  }
}
