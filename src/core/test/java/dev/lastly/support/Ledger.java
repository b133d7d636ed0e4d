package dev.lastly.support;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What ran where: a file to which each execution of a function appends a line, synced. */
public final class Ledger {
  private final Path file;

  /** A ledger in that file, which need not exist yet. */
  public Ledger(Path file) {
    this.file = file;
  }

  /**
   * One execution.
   *
   * @param tag which function
   * @param pid in which process
   */
  public record Entry(String tag, long pid) {}

  /** Where it is. */
  public Path file() {
    return file;
  }

  /** Called by functions. One write with O_APPEND: lines of different processes do not mix. */
  public static void append(Path file, String tag) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      String line = tag + " " + ProcessHandle.current().pid() + "\n";
      byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
      if (channel.write(ByteBuffer.wrap(bytes)) != bytes.length) {
        throw new IOException("torn line in the ledger");
      }
      channel.force(false);
    }
  }

  /** All executions in order. */
  public List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        int space = line.indexOf(' ');
        entries.add(new Entry(line.substring(0, space), Long.parseLong(line.substring(space + 1))));
      }
    }
    return entries;
  }

  /** Which functions were executed, in order. */
  public List<String> tags() throws IOException {
    return entries().stream().map(Entry::tag).toList();
  }

  /** In which processes a function was executed, in order. */
  public List<Long> pidsOf(String tag) throws IOException {
    return entries().stream().filter(e -> e.tag().equals(tag)).map(Entry::pid).toList();
  }

  /** How often each function was executed. */
  public Map<String, Integer> counts() throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    for (Entry entry : entries()) {
      counts.merge(entry.tag(), 1, Integer::sum);
    }
    return counts;
  }
}
