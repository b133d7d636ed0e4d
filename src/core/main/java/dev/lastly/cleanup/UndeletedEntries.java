package dev.lastly.cleanup;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What could not be deleted, counted; the first few with their reasons. For one thread. */
final class UndeletedEntries {
  static final int MAX_KEPT = 20;
  private static final int MAX_IN_MESSAGE = 3;
  private static final int MAX_PATH = 300;

  private final List<IOException> kept = new ArrayList<>();
  private long count;

  void add(Path path, IOException cause) {
    count++;
    if (kept.size() < MAX_KEPT) {
      FileSystemException failure =
          new FileSystemException(shortened(path.toString()), null, reason(cause));
      failure.initCause(cause);
      kept.add(failure);
    }
  }

  void throwIfAny(Path tree) throws IOException {
    if (count == 0) {
      return;
    }
    StringBuilder message = new StringBuilder("deleteTree('" + tree + "') left ");
    message.append(count == 1 ? "1 entry" : count + " entries");
    message.append(" and the directories above: ");
    for (int i = 0; i < Math.min(MAX_IN_MESSAGE, kept.size()); i++) {
      message.append(i == 0 ? "" : "; ").append(kept.get(i).getMessage());
    }
    if (count > MAX_IN_MESSAGE) {
      message.append("; and " + (count - MAX_IN_MESSAGE) + " more");
    }
    IOException all = new IOException(message.toString());
    kept.forEach(all::addSuppressed);
    throw all;
  }

  private static String reason(IOException cause) {
    if (cause instanceof FileSystemException named && named.getReason() != null) {
      return named.getReason();
    }
    // AccessDeniedException and its like have only their name to say it.
    return cause instanceof FileSystemException
        ? cause.getClass().getSimpleName().replaceFirst("Exception$", "")
        : String.valueOf(cause.getMessage());
  }

  private static String shortened(String path) {
    return path.length() <= MAX_PATH
        ? path
        : path.substring(0, MAX_PATH / 2) + "…" + path.substring(path.length() - MAX_PATH / 2);
  }
}
