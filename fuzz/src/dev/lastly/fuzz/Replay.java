package dev.lastly.fuzz;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Gives a target its seeds, and then mutations of them, or files that are named; without Jazzer, in
 * a JVM of its own whose heap is small. Ends at the first find, with an exit code that says what it
 * was; the input is then kept in the file {@code input} of the working directory.
 */
public final class Replay {
  /** The target threw. */
  static final int FIND = 1;

  /** One input took longer than {@link #LIMIT_NANOS}. */
  static final int HANG = 2;

  /** Much more than any input takes on a machine that is busy with something else. */
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Where the input that is being tried is kept: a JVM that crashes cannot say which it was. */
  private static final Path CURRENT = Path.of("input");

  private final FuzzTarget target;
  private final FileChannel current; // kept open: to close it each time would wait for the disk
  private final Thread worker = Thread.currentThread();
  private volatile long startedAt;
  private int count;

  private Replay(FuzzTarget target) throws IOException {
    this.target = target;
    this.current = FileChannel.open(CURRENT, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /**
   * Runs.
   *
   * @param args the target; then files, or the project's directory for the seeds and the mutations
   */
  public static void main(String[] args) throws Exception {
    Replay replay = new Replay(FuzzTarget.named(args[0]));
    // What a target prepares once is no input's time.
    Class<?> unused = Class.forName(replay.target.type().getName());
    replay.watch();
    Path place = Path.of(args[1]);
    if (Files.isDirectory(place)) {
      replay.all(seeds(replay.target.corpus(place)));
    } else {
      for (int i = 1; i < args.length; i++) {
        replay.one(Files.readAllBytes(Path.of(args[i])));
      }
    }
    System.out.println(replay.target + ": " + replay.count + " inputs, no find");
    System.exit(0); // whatever threads a target has left behind
  }

  private void all(List<byte[]> seeds) throws IOException {
    for (byte[] seed : seeds) {
      one(seed);
    }
    Mutator mutator = new Mutator(target.name().hashCode(), seeds, target.maxLength());
    for (int i = 0; i < target.mutations(); i++) {
      one(mutator.next());
    }
  }

  private void one(byte[] input) throws IOException {
    int unused = current.truncate(input.length).write(ByteBuffer.wrap(input), 0);
    startedAt = System.nanoTime();
    try {
      target.body().accept(input);
    } catch (Throwable e) { // whatever it is, it is a find
      e.printStackTrace();
      System.err.println("find: " + e);
      Runtime.getRuntime().halt(FIND);
    }
    startedAt = 0;
    count++;
  }

  private void watch() {
    Thread watch =
        new Thread(
            () -> {
              while (true) {
                LockSupport.parkNanos(PAUSE_NANOS);
                long started = startedAt;
                if (started != 0 && System.nanoTime() - started > LIMIT_NANOS) {
                  System.err.println("find: no end in " + LIMIT_NANOS / 1_000_000_000 + " s, in");
                  for (StackTraceElement frame : worker.getStackTrace()) {
                    System.err.println("\tat " + frame);
                  }
                  Runtime.getRuntime().halt(HANG);
                }
              }
            },
            "watch");
    watch.setDaemon(true);
    watch.start();
  }

  /** The files, by name; subdirectories are not looked into. */
  static List<byte[]> seeds(Path corpus) throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    try (Stream<Path> files = Files.list(corpus)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        seeds.add(Files.readAllBytes(file));
      }
    }
    if (seeds.isEmpty()) {
      throw new IOException("no seeds in " + corpus);
    }
    return seeds;
  }
}
