package dev.lastly.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers why it failed. A {@link PrintStream} says only that it failed, but
 * a full disk must be told from a reader that has closed the pipe.
 */
final class StandardOutput extends PrintStream {
  private final Sink sink;

  private StandardOutput(Sink sink, boolean flushLines) {
    super(sink, flushLines, StandardCharsets.UTF_8);
    this.sink = sink;
  }

  static StandardOutput open(boolean flushLines) {
    return new StandardOutput(new Sink(new FileOutputStream(FileDescriptor.out)), flushLines);
  }

  /** The message of the last failure; null if there was none. */
  @Nullable String failure() {
    flush();
    return sink.failure;
  }

  private static final class Sink extends FilterOutputStream {
    private volatile @Nullable String failure;

    Sink(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        failure = String.valueOf(e.getMessage());
        throw e;
      }
    }
  }
}
