package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Only SQLite opens and closes descriptors of the database's files, and {@code owners.lock} is
 * opened once: closing any descriptor of a file drops the process's POSIX locks on it. Strace shows
 * each such system call with its native stack ({@code -k}), which must lead through SQLite's
 * library.
 */
@Tag("os")
class DescriptorsTest {
  @TempDir Path base;

  /**
   * A system call.
   *
   * @param text as strace prints it
   * @param stack the frames below, innermost first
   */
  private record Call(String text, List<String> stack) {
    boolean isOfSqlite() {
      return stack.stream().anyMatch(frame -> frame.contains("sqlitejdbc"));
    }
  }

  @Test
  void manager_wholeLife_onlySqliteOpensAndClosesItsFilesAndNoCodeClosesTheLock() throws Exception {
    Path trace = base.resolve("trace");
    List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-y", "-k", "-o", ""));
    command.set(command.size() - 1, trace.toString());
    command.addAll(
        List.of("-e", "trace=open,openat,openat2,creat,close,close_range,dup,dup2,dup3"));
    for (String file :
        List.of("deferred.db", "deferred.db-wal", "deferred.db-shm", "owners.lock")) {
      command.addAll(List.of("-P", base.resolve("deferred").resolve(file).toString()));
    }
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker =
            WorkerProcess.launcher().under(command.toArray(String[]::new)).start();
        WorkerProcess victim = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=50");
      worker.call("job m j");
      worker.call("defer j log %s own".formatted(ledger.file()));
      victim.call("open m " + base);
      victim.call("job m v");
      victim.call("defer v log %s orphan".formatted(ledger.file()));
      victim.kill();
      worker.call("reap m");
      worker.call("open second " + base + " reap=0");
      worker.call("end j");
      worker.call("close second");
      worker.call("job m k");
      worker.call("defer k log %s late".formatted(ledger.file()));
      worker.call("end k");
      assertThat(ledger.tags()).contains("own", "orphan", "late");
      List<Call> calls = calls(trace);
      assertThat(calls).filteredOn(Call::isOfSqlite).hasSizeGreaterThan(5);
      assertThat(calls)
          .filteredOn(call -> !call.isOfSqlite())
          .singleElement()
          .satisfies(call -> assertThat(call.text()).matches("open(at)?\\(.*owners\\.lock.*"));

      // The trap works: what must never happen would have been seen.
      worker.call("touch " + base.resolve("deferred").resolve("deferred.db-shm"));
      assertThat(calls(trace)).filteredOn(call -> !call.isOfSqlite()).hasSizeGreaterThan(1);
    }
  }

  private static List<Call> calls(Path trace) throws IOException {
    List<Call> calls = new ArrayList<>();
    Map<String, String> unfinished = new HashMap<>();
    List<String> stack = new ArrayList<>();
    for (String line : Files.readAllLines(trace)) {
      if (line.startsWith(" > ")) {
        stack.add(line);
        continue;
      }
      stack = new ArrayList<>();
      String thread = line.replaceFirst(" .*", "");
      String text = line.replaceFirst("^\\d+ +", "");
      if (text.endsWith("<unfinished ...>")) {
        unfinished.put(thread, text);
      } else if (text.startsWith("<... ")) {
        calls.add(new Call(unfinished.remove(thread) + text, stack));
      } else if (text.matches("(open|creat|close|dup).*")) {
        calls.add(new Call(text, stack));
      }
    }
    // A child, before it becomes another program, closes what it was born with: it has no locks.
    calls.removeIf(call -> call.stack().stream().anyMatch(frame -> frame.contains("jspawnhelper")));
    return calls;
  }
}
