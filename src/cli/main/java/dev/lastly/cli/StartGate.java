package dev.lastly.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * What a child waits at until its clean-up is registered, so that no crash of this process can
 * leave a program behind without a row: it opens the reading end of a pipe through {@code
 * /proc/<pid>/fd}, proc_pid_fd(5), and ends if this process ends before it lets the child pass.
 *
 * <p>Not standard input, because that is the program's, and a child inherits no other descriptor.
 * For one thread; no other may make pipes while a gate is opened.
 */
final class StartGate implements AutoCloseable {
  /** Runs its second and further arguments, with what came through the gate as LASTLY_JOB. */
  static final String WAIT =
      "{ IFS= read -r LASTLY_JOB < \"$1\"; } 2>/dev/null || exit 125;"
          + " shift; export LASTLY_JOB; exec \"$@\"";

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private final Pipe pipe;
  private final Path path;

  private StartGate(Pipe pipe, Path path) {
    this.pipe = pipe;
    this.path = path;
  }

  static StartGate open() throws IOException {
    Set<String> others = new HashSet<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        others.add(target(descriptor));
      }
    }
    Pipe pipe = Pipe.open();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        String target = target(descriptor);
        if (target.startsWith("pipe:") && !others.contains(target) && isForReading(descriptor)) {
          long pid = ProcessHandle.current().pid();
          return new StartGate(
              pipe, Path.of("/proc", pid + "", "fd", descriptor.getFileName() + ""));
        }
      }
    }
    close(pipe);
    throw new IOException(
        "/proc/self/fd does not show a pipe that was just made; is /proc mounted?");
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
    String flags =
        Files.readString(info, StandardCharsets.ISO_8859_1)
            .lines()
            .filter(line -> line.startsWith("flags:"))
            .findFirst()
            .orElseThrow(() -> new IOException(info + " tells no flags"));
    return (Integer.parseInt(flags.substring("flags:".length()).strip(), 8) & 3) == 0;
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
