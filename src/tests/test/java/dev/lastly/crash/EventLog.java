package dev.lastly.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A log of events outside the database: each process appends a line for what it is about to do and
 * for what was acknowledged, and syncs it. The lines of all processes are in the order in which the
 * kernel took them, so the lines before a kill are what was promised before it.
 */
public final class EventLog {
  // A process that is killed while it writes may leave half a line: each is framed, so that such a
  // piece neither passes for an event nor spoils the next.
  private static final String END = " .";

  private final Path file;

  /** A log in that file, which need not exist yet. */
  public EventLog(Path file) {
    this.file = file;
  }

  /** What happened. */
  public enum Kind {
    /** A process begins. */
    STARTS,
    /** The subject is about to be registered; the detail says so if it is only for a failure. */
    DEFERRING,
    /** {@code defer} has returned; the detail is the id. */
    DEFERRED,
    /** The subject is about to be cancelled. */
    CANCELLING,
    /** {@code cancel} has returned; the detail is its answer. */
    CANCELLED,
    /** The job is about to be committed. */
    COMMITTING,
    /** {@code commit} has returned. */
    COMMITTED,
    /** The job is about to be handed over. */
    HANDING_OVER,
    /** {@code handOver} has returned; the detail is the owner that has the job now. */
    HANDED_OVER,
    /** The subject is about to be run before its job ends. */
    RUNNING_NOW,
    /** The job is about to be closed; the detail is the order in which its functions run. */
    ENDING,
    /** A function begins. */
    BEGIN,
    /** A function is about to return. */
    END,
    /** A function is about to throw. */
    THROWS,
    /** Calls of the system fail in this process; the detail says what was thrown, if anything. */
    FAULTS,
    /** A manager of the process, whose owner is the subject, is about to be closed. */
    CLOSING,
    /** The process has come to a boundary; the detail says to which. */
    BOUNDARY,
    /** The subject, a process, is about to be told to end, and will close its manager. */
    TERMINATING,
    /** The subject, a process, is about to be killed; the detail says where. */
    KILLING,
    /** The subject, a process, has gone. */
    GONE
  }

  /**
   * A line.
   *
   * @param millis when, by the wall clock
   * @param process who wrote it: pid and start tick
   * @param kind what happened
   * @param subject to what: a function's key, a job, a process
   * @param detail the rest, may be empty
   */
  public record Event(long millis, String process, Kind kind, String subject, String detail) {}

  /** Where it is. */
  public Path file() {
    return file;
  }

  /** Appends a line of this process. One write with O_APPEND: lines do not mix. */
  public void append(Kind kind, String subject, String detail) {
    String line = "\n%d %s %s %s %s%s";
    String text =
        line.formatted(
            System.currentTimeMillis(), ProcessName.SELF, kind, subject, oneLine(detail), END);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      byte[] bytes = text.getBytes(UTF_8);
      if (channel.write(ByteBuffer.wrap(bytes)) != bytes.length) {
        throw new IOException("torn line in " + file);
      }
      channel.force(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Appends a line without a detail. */
  public void append(Kind kind, String subject) {
    append(kind, subject, "");
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }

  /** Every whole line so far, in order. */
  public List<Event> events() throws IOException {
    List<Event> events = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        if (line.endsWith(END)) {
          events.add(parse(line.substring(0, line.length() - END.length())));
        }
      }
    }
    return events;
  }

  private static Event parse(String line) {
    String[] words = line.split(" ", 5);
    return new Event(
        Long.parseLong(words[0]), words[1], Kind.valueOf(words[2]), words[3], words[4]);
  }
}
