package dev.lastly.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.FileBoundary;
import dev.lastly.support.Interposer;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The interposed library sees every change of a file that the kernel sees; no test could kill
 * before a change that it missed.
 */
@Tag("os")
class InterposerTest {
  private static final String TRACED =
      "trace=write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,msync,"
          + "ftruncate,truncate,fallocate,copy_file_range,sendfile,open,openat,openat2,creat,"
          + "unlink,unlinkat,rmdir,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,"
          + "symlink,symlinkat,mknod,mknodat,chmod,fchmod,fchmodat,chown,fchown,fchownat,lchown,"
          + "utimensat,setxattr,fsetxattr,mmap,fcntl,io_submit,io_uring_enter";
  private static final Pattern CALL = Pattern.compile("^\\d+ +(\\w+)\\((.*)$");

  @TempDir Path home;

  @Test
  void worker_underStrace_theLibraryCountsEveryCallThatTheKernelGets() throws Exception {
    Path root = Files.createDirectory(home.toRealPath().resolve("root"));
    Path log = home.resolve("log");
    Path trace = home.resolve("trace");
    List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-y", "-s", "0"));
    command.addAll(List.of("-o", trace.toString(), "-e", TRACED, "env"));
    Interposer.watching(root)
        .logging(log)
        .counting(Interposer.Kind.CALLS, Interposer.Kind.LOCKS)
        .environment()
        .forEach((name, value) -> command.add(name + "=" + value));
    try (WorkerProcess worker =
        WorkerProcess.launcher().under(command.toArray(String[]::new)).start()) {
      live(worker, root);
      worker.killWithProgram();
    }

    Map<String, Integer> seen = new TreeMap<>();
    for (FileBoundary boundary : FileBoundary.read(log)) {
      seen.merge(boundary.kind(), 1, Integer::sum);
    }
    Map<String, Integer> kernel = byKernel(Files.readAllLines(trace), root.toString());
    // Made or not: strace shows the flags, not what was there before.
    int opened = remove(seen, "create") + remove(seen, "cut") + remove(seen, "open");
    seen.put("open", opened);
    assertThat(seen).isEqualTo(kernel);
    assertThat(kernel.keySet())
        .contains("write", "fsync", "ftruncate", "open", "unlink", "mkdir", "lock");
  }

  private static int remove(Map<String, Integer> counts, String kind) {
    Integer count = counts.remove(kind);
    return count == null ? 0 : count;
  }

  /** All that changes files: first open, registering, running, cancelling, compacting. */
  private void live(WorkerProcess worker, Path root) throws Exception {
    Path ledger = home.resolve("ledger");
    for (String round : List.of("one", "two")) {
      worker.call("open %s %s reap=0".formatted(round, root));
      worker.call("job %s %s".formatted(round, round));
      worker.call("defer %s log %s %sa".formatted(round, ledger, round));
      worker.call("defer %s log %s %sb".formatted(round, ledger, round));
      worker.call("cancel %sa".formatted(round));
      worker.call("end " + round);
      worker.call("cleanup " + root);
      worker.call("close " + round);
      worker.call("cleanup " + root);
    }
    assertThat(root.resolve("deferred")).isNotEmptyDirectory();
  }

  private static Map<String, Integer> byKernel(List<String> lines, String root) {
    Map<String, Integer> counts = new TreeMap<>();
    for (String line : lines) {
      Matcher call = CALL.matcher(line);
      if (!call.find() || !mentions(call.group(2), root)) {
        continue;
      }
      String kind = kind(call.group(1), call.group(2));
      if (!kind.isEmpty()) {
        counts.merge(kind, 1, Integer::sum);
      }
    }
    return counts;
  }

  private static boolean mentions(String arguments, String root) {
    return Pattern.compile(Pattern.quote(root) + "[/>\"]").matcher(arguments).find();
  }

  private static String kind(String call, String arguments) {
    return switch (call) {
      case "write", "pwrite64", "writev", "pwritev", "pwritev2" -> "write";
      case "unlinkat", "unlink" -> arguments.contains("AT_REMOVEDIR") ? "rmdir" : "unlink";
      case "mkdirat" -> "mkdir";
      case "renameat", "renameat2" -> "rename";
      case "fchmod", "fchmodat" -> "chmod";
      case "fchown", "fchownat", "lchown" -> "chown";
      case "open", "openat", "creat" ->
          arguments.contains("O_CREAT") || arguments.contains("O_TRUNC") ? "open" : "";
      case "fcntl" ->
          !arguments.contains("F_SETLK") ? "" : arguments.contains("F_UNLCK") ? "unlock" : "lock";
      case "mmap" -> {
        boolean changes = arguments.contains("MAP_SHARED") && arguments.contains("PROT_WRITE");
        yield changes && !arguments.contains("deferred.db-shm>") ? "mmap" : "";
      }
      default -> call;
    };
  }
}
