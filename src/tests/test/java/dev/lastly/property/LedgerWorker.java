package dev.lastly.property;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * The main class of the JVMs that are killed. It keeps receipts outside the database: one file for
 * each function in {@code ledger}, one for each worker in {@code receipts}.
 */
public final class LedgerWorker {
  private static final RetryPolicy SOON =
      RetryPolicy.builder().maxAttempts(100).initialBackoff(Duration.ofMillis(1)).build();

  private LedgerWorker() {}

  /** Arguments: the base directory, and a seed to work for ever or "reap" to end what there is. */
  public static void main(String[] args) throws Exception {
    Path base = Path.of(args[0]);
    Settings settings = Settings.builder().retry(SOON).reapInterval(Duration.ofMillis(20)).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      System.out.println("ready");
      if (args[1].equals("reap")) {
        int quiet = 0;
        while (quiet < 3) { // a retry may be due in some milliseconds: the parent checks the rest
          quiet = manager.reap() == 0 ? quiet + 1 : 0;
        }
      } else {
        work(manager, base, new Random(Long.parseLong(args[1])));
      }
    }
  }

  private static void work(DeferredFunctionManager manager, Path base, Random random)
      throws IOException {
    String me = ProcessHandle.current().pid() + "." + startTicks(ProcessHandle.current().pid());
    Path receipts = base.resolve("receipts").resolve(me);
    for (int i = 0; ; ) {
      try (JobContext job = manager.openJob()) {
        for (int n = random.nextInt(6); n >= 0; n--) {
          String key = me + "-" + i++;
          DeferredHandle handle = job.defer(LedgerWorker::entry, base, key, random.nextInt(40));
          append(receipts, "deferred " + key, true);
          if (random.nextInt(5) == 0) {
            append(receipts, "cancelling " + key, true);
            if (handle.cancel()) {
              append(receipts, "cancelled " + key, true);
            }
          }
        }
      }
    }
  }

  /**
   * The deferred function: says that it begins, who else lives that should not, and that it ends.
   */
  public static void entry(Path base, String key, int millis) throws IOException {
    Path ledger = base.resolve("ledger").resolve(key);
    long self = ProcessHandle.current().pid();
    String me = self + "." + startTicks(self);
    String registrar = key.substring(0, key.indexOf('-'));
    if (!registrar.equals(me) && lives(registrar)) {
      append(ledger, "EARLY by " + me + " while its registrar lives", false);
    }
    List<String> before = Files.exists(ledger) ? Files.readAllLines(ledger) : List.of();
    for (String line : before) {
      String other = line.substring(line.lastIndexOf(' ') + 1);
      boolean begun = line.startsWith("begin ") && !before.contains("end " + other);
      if (begun && !other.equals(me) && lives(other)) {
        append(ledger, "BESIDE " + other + " which lives, by " + me, false);
      }
    }
    append(ledger, "begin " + me, false);
    long until = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    while (System.nanoTime() < until) { // a wait that a kill can hit
      Thread.onSpinWait();
    }
    append(ledger, "end " + me, false);
  }

  private static boolean lives(String process) throws IOException {
    int dot = process.indexOf('.');
    return startTicks(Long.parseLong(process.substring(0, dot)))
        == Long.parseLong(process.substring(dot + 1));
  }

  /** Field 22 of proc_pid_stat(5); -1 for a process that has gone or is a zombie. */
  static long startTicks(long pid) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return fields[0].equals("Z") || fields[0].equals("X") ? -1 : Long.parseLong(fields[19]);
    } catch (IOException e) {
      return -1; // it went while we looked
    }
  }

  private static void append(Path file, String line, boolean sync) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
      if (sync) {
        channel.force(true);
      }
    }
  }
}
