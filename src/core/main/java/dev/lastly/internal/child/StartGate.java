package dev.lastly.internal.child;

import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a child waits at until its clean-up is registered, so that no crash of this process can
 * leave a program behind without a row: it opens the reading end of a pipe through {@code
 * /proc/<pid>/fd}, proc_pid_fd(5), and ends if this process ends before it lets the child pass.
 *
 * <p>Not standard input, because that is the program's, and a child inherits no other descriptor.
 * Java does not tell the number of a descriptor. So this compares the descriptors before and after
 * it makes the pipe, and tries again if another thread has made a pipe meanwhile. Any thread may
 * open gates; each gate is for one thread.
 */
final class StartGate implements AutoCloseable {
  /** The status of a child that found the gate closed. */
  static final int CLOSED = 125;

  /**
   * Runs its second and further arguments. What came through the gate is one more variable of the
   * environment, or nothing.
   */
  static final String WAIT =
      "{ IFS= read -r lastly < \"$1\"; } 2>/dev/null || exit 125; shift;"
          + " case $lastly in ?*) export \"$lastly\";; esac; unset lastly; exec \"$@\"";

  /** Each try takes some 100 µs; only threads that make pipes all the time can use up so many. */
  private static final int TRIES = 1_000;

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private final Pipe pipe;
  private final Path path;

  private StartGate(Pipe pipe, Path path) {
    this.pipe = pipe;
    this.path = path;
  }

  static StartGate open() throws IOException {
    synchronized (StartGate.class) { // two gates that open at once would hinder each other
      for (int i = 0; i < TRIES; i++) {
        StartGate gate = tryToOpen();
        if (gate != null) {
          return gate;
        }
      }
    }
    throw new IOException(
        "cannot tell which descriptor in /proc/self/fd is a pipe that was just made: either /proc"
            + " is not mounted, or other threads make pipes all the time");
  }

  private static @Nullable StartGate tryToOpen() throws IOException {
    Map<String, Path> others = pipesForReading();
    Pipe pipe = Pipe.open();
    try {
      Map<String, Path> made = pipesForReading();
      made.keySet().removeAll(others.keySet());
      if (made.size() == 1) { // this one is among them, so it is the one
        Path name = made.values().iterator().next().getFileName();
        return new StartGate(pipe, Path.of("/proc", Posix.pid() + "", "fd", name + ""));
      }
    } catch (Throwable e) { // whatever it is, no descriptor may be left; it is thrown on
      close(pipe);
      throw e;
    }
    close(pipe);
    return null;
  }

  /** The descriptors from which this process can read pipes, by the pipe. */
  private static Map<String, Path> pipesForReading() throws IOException {
    Map<String, Path> pipes = new HashMap<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        String target = target(descriptor);
        if (target.startsWith("pipe:") && isForReading(descriptor)) {
          pipes.put(target, descriptor);
        }
      }
    }
    return pipes;
  }

  private static String target(Path descriptor) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (NoSuchFileException e) {
      return ""; // closed meanwhile, like the one that lists the directory
    }
  }

  private static boolean isForReading(Path descriptor) throws IOException {
    Path info = Path.of("/proc/self/fdinfo").resolve(descriptor.getFileName());
    try {
      String flags =
          Files.readString(info, StandardCharsets.ISO_8859_1)
              .lines()
              .filter(line -> line.startsWith("flags:"))
              .findFirst()
              .orElseThrow(() -> new IOException(info + " tells no flags"));
      return (Integer.parseInt(flags.substring("flags:".length()).strip(), 8) & 3) == 0;
    } catch (IOException e) {
      return false; // closed meanwhile. If it was the new pipe's after all, the next try finds that
    }
  }

  /** Where the child has to read a line. */
  Path path() {
    return path;
  }

  /** Lets the child pass. */
  void letPass(String line) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
    while (bytes.hasRemaining()) {
      pipe.sink().write(bytes);
    }
  }

  /** The child ends, unless it has passed. */
  @Override
  public void close() throws IOException {
    close(pipe);
  }

  private static void close(Pipe pipe) throws IOException {
    try (Pipe.SourceChannel source = pipe.source()) {
      pipe.sink().close();
    }
  }
}
