package dev.lastly.guardian;

import dev.lastly.Inspector;
import dev.lastly.model.Status;
import dev.lastly.support.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A state directory with a guardian; closing it waits for the guardian's end, or kills it. */
record Guarded(Path base) implements AutoCloseable {
  private static final String MAIN = "dev.lastly.internal.guardian.GuardianProcess";

  Status.GuardianSight sight() {
    try (Inspector inspector = Inspector.open(base)) {
      return inspector.status().guardian();
    }
  }

  String news() {
    return String.valueOf(sight().news());
  }

  String log() throws IOException {
    Path log = base.resolve("deferred/guardian.log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** The pid of the guardian, once it keeps watch. */
  long await() throws Exception {
    long[] pid = {0};
    Await.until(
        "a guardian keeps watch",
        () -> {
          if (!Files.exists(base.resolve("deferred/guardian.last"))) {
            return false; // the database may not be there either
          }
          Long found = sight().pid();
          pid[0] = found == null ? 0 : found;
          return found != null && news().contains("process " + found + " keeps watch");
        });
    return pid[0];
  }

  void awaitNone() throws Exception {
    Await.until("there is no guardian: " + news(), () -> processes().isEmpty());
  }

  /** Every process that is, or becomes, a guardian of this directory. */
  List<Long> processes() throws IOException {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.map(ProcessHandle::pid).filter(this::isGuardian).toList();
    }
  }

  private boolean isGuardian(long pid) {
    String command = text(Path.of("/proc/" + pid + "/cmdline"));
    return command != null && command.contains(MAIN) && writesHere(pid);
  }

  private boolean writesHere(long pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/1"))
          .startsWith(base.toRealPath());
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  static @Nullable String text(Path file) {
    try {
      return Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return null; // it has ended
    }
  }

  static void kill(long pid) throws Exception {
    new ProcessBuilder("kill", "-KILL", Long.toString(pid)).start().waitFor();
  }

  @Override
  public void close() throws Exception {
    for (long pid : processes()) {
      kill(pid);
    }
    Await.until("no guardian is left", Duration.ofSeconds(20), () -> processes().isEmpty());
  }
}
