package dev.lastly.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A user who can read but not write a state directory sees everything in it. */
@Tag("os")
class ReaderOsTest {
  private static final String NOBODY = "65534";

  @TempDir Path base;
  private Path program;
  private Path tmp;

  /** Who looks. */
  enum Reader {
    /** Another user; all users may read. */
    OTHER("chmod -R a+rX \"$STATE\"", "--regid 65534 --clear-groups"),
    /** Another user, whose group may read. */
    GROUP("chgrp -R 4242 \"$STATE\"; chmod -R g+rX \"$STATE\"", "--regid 65534 --groups 4242"),
    /** Root, on a file system that is mounted read-only. */
    READ_ONLY_MOUNT(":", "");

    private final String permit;
    private final String as;

    Reader(String permit, String as) {
      this.permit = permit;
      this.as = as;
    }

    /** A shell's words that change the world and then run {@code "$@"}. */
    String[] prefix() {
      return as.isEmpty()
          ? new String[] {
            "unshare",
            "-m",
            "sh",
            "-ec",
            "mount --bind \"$STATE\" \"$STATE\"; mount -o remount,bind,ro \"$STATE\"; exec \"$@\"",
            "sh"
          }
          : new String[] {"sh", "-ec", "exec setpriv --reuid 65534 " + as + " \"$@\"", "sh"};
    }
  }

  /** What workers have left. */
  enum Left {
    /** All ended in order: there is no log. */
    NOTHING,
    /** A log of no bytes. */
    EMPTY_LOG,
    /** A worker was killed: the rows are in the log. */
    LOG,
    /** The same, and the log's index is gone. */
    LOG_WITHOUT_INDEX,
    /** A worker that lives. */
    WORKER,
    /** A worker that lives and whose index this user may not read. */
    WORKER_WITH_HIDDEN_INDEX
  }

  static Stream<Arguments> cases() {
    return Arrays.stream(Left.values())
        .flatMap(left -> Arrays.stream(Reader.values()).map(reader -> Arguments.of(left, reader)));
  }

  /** The class path where every user may read it. */
  @BeforeEach
  void install() throws Exception {
    run("chmod", "a+rx", base.toString());
    program = Files.createDirectory(base.resolve("program"));
    Path unused = InstalledProgram.openToAll(program);
    tmp = Files.createDirectory(base.resolve("tmp"));
    run("chown", NOBODY, tmp.toString());
  }

  private LastlyProcess.Result lastly(Reader reader, String... arguments) throws Exception {
    return java(reader, Lastly.class, arguments);
  }

  /** Several commands in one JVM, which starts once. */
  private Iterator<LastlyProcess.Result> each(Reader reader, String... commands) throws Exception {
    LastlyProcess.Result all = java(reader, InProcess.OneAfterAnother.class, commands);
    List<LastlyProcess.Result> results = InProcess.OneAfterAnother.results(all.out(), all.err());
    assertThat(results).as(all.err()).hasSameSizeAs(commands);
    return results.iterator();
  }

  private LastlyProcess.Result java(Reader reader, Class<?> main, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(reader.prefix()));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
    command.addAll(List.of("-XX:-UsePerfData", "-Djava.io.tmpdir=" + tmp));
    command.addAll(List.of("-cp", program + "/lib/lastly-cli.jar"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    Path out = base.resolve("out");
    Path err = base.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("STATE", state().toString());
    builder.environment().put("LASTLY_STATE_DIR", state().toString());
    builder.environment().put("HOME", "/nonexistent");
    builder.environment().keySet().removeAll(List.of("XDG_CACHE_HOME", "LASTLY_JOB"));
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(List.of(arguments) + " ended").isTrue();
    return new LastlyProcess.Result(
        process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }

  private Path state() {
    return base.resolve("state");
  }

  private Path database(String suffix) {
    return state().resolve("deferred/deferred.db" + suffix);
  }

  /** Two functions done, and two that wait unless all workers ended in order. */
  private void leave(Left left, WorkerProcess worker) throws Exception {
    Files.createDirectory(state());
    Ledger ledger = new Ledger(base.resolve("ledger"));
    worker.call("open m " + state() + "");
    worker.call("job m first");
    worker.call("defer first log %s a".formatted(ledger.file()));
    worker.call("defer first log %s b".formatted(ledger.file()));
    worker.call("end first");
    switch (left) {
      case NOTHING -> worker.call("close m");
      case EMPTY_LOG -> {
        worker.call("close m");
        Files.createFile(database("-wal"));
      }
      case LOG, LOG_WITHOUT_INDEX, WORKER, WORKER_WITH_HIDDEN_INDEX -> {
        worker.call("job m second");
        worker.call("defer second log %s c".formatted(ledger.file()));
        worker.call("defer second log %s d".formatted(ledger.file()));
      }
    }
    if (left == Left.LOG || left == Left.LOG_WITHOUT_INDEX) {
      worker.kill();
      assertThat(database("-wal")).isNotEmptyFile();
    }
    if (left == Left.LOG_WITHOUT_INDEX) {
      Files.delete(database("-shm"));
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void everyLook_seesAllAndLeavesNothing(Left left, Reader reader) throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      leave(left, worker);
      permit(reader);
      boolean ended = left == Left.NOTHING || left == Left.EMPTY_LOG;
      if (left == Left.WORKER_WITH_HIDDEN_INDEX) {
        run("chmod", "600", database("-shm").toString());
      }
      List<String> before = listing();

      Path page = tmp.resolve("page.html");
      Path backup = tmp.resolve("backup.db");
      Iterator<LastlyProcess.Result> each =
          each(
              reader,
              "list --all --json",
              "status --json",
              "show 1",
              "owners --all",
              "events",
              "export",
              "report --html " + page,
              "backup " + backup,
              "doctor");
      LastlyProcess.Result list = each.next();
      assertThat(list.status()).as(list.err()).isZero();
      assertThat(list.out().lines()).hasSize(ended ? 2 : 4);

      LastlyProcess.Result status = each.next();
      boolean alive = left == Left.WORKER || left == Left.WORKER_WITH_HIDDEN_INDEX;
      assertThat(status.out())
          .as(status.err())
          .contains("\"deferred\":" + (ended ? 0 : 2))
          .contains("\"alive\":" + (alive ? 1 : 0) + ",\"dead\":" + (ended || alive ? 0 : 1));
      if (left == Left.NOTHING || left == Left.LOG_WITHOUT_INDEX) {
        assertThat(status.err()).contains("read from a copy of " + database("") + " as it was at");
      }

      assertThat(each.next().out()).contains("function 1: Actions::log, done");
      assertThat(each.next().out()).contains(" " + worker.pid() + " ");
      assertThat(each.next().out()).contains("owner 1");
      assertThat(each.next().out().lines()).hasSize(ended ? 2 : 4);
      assertThat(each.next().status()).isZero();
      assertThat(page).isNotEmptyFile();
      assertThat(each.next().status()).isZero();
      assertThat(backup).isNotEmptyFile();
      LastlyProcess.Result doctor = each.next();
      assertThat(doctor.out()).contains("rules hold", "no damage in the file");
      assertThat(doctor.out()).doesNotContain("fail");

      assertThat(listing()).as("what a reader has changed").isEqualTo(before);
      assertThat(leftovers()).isEmpty();
    }
  }

  @Test
  void watch_onACopy_saysWhatToDoInstead() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      leave(Left.NOTHING, worker);
    }
    permit(Reader.OTHER);
    LastlyProcess.Result result = lastly(Reader.OTHER, "status", "--watch");
    assertThat(result.status()).isEqualTo(3);
    assertThat(result.err()).contains("read a copy, which does not change; leave out --watch");
    assertThat(lastly(Reader.OTHER, "events", "--follow").err()).contains("leave out --follow");
    assertThat(lastly(Reader.OTHER, "ui").err()).contains("use 'lastly report'");
  }

  @Test
  void open_filesThatMayNotBeRead_saysWhatIsNeeded() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      leave(Left.NOTHING, worker);
    }
    assertThat(lastly(Reader.OTHER, "status").err())
        .contains(
            "user id 65534 may not look at " + database(""),
            "run this as the workers' user or as root");
    run("chmod", "a+rx", state().resolve("deferred").toString());
    assertThat(lastly(Reader.OTHER, "status").err())
        .contains("user id 65534 may not read " + database(""), "read all files in it");
    run("chmod", "a+r", database("").toString());
    assertThat(lastly(Reader.OTHER, "status").out())
        .as("all but the lock file can be read")
        .contains("2 done");
  }

  @Test
  void retry_byAReader_changesNothingAndSaysWhy() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      leave(Left.LOG_WITHOUT_INDEX, worker);
    }
    permit(Reader.OTHER);
    LastlyProcess.Result result = lastly(Reader.OTHER, "cancel", "3", "--reason", "no");
    assertThat(result.status()).isEqualTo(3);
    assertThat(result.err()).contains("this user has no permission (EACCES)");
  }

  private void permit(Reader reader) throws Exception {
    run("sh", "-ec", "STATE='" + state() + "'; " + reader.permit);
  }

  private List<String> listing() throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(state().resolve("deferred"))) {
      for (Path file : files.sorted().toList()) {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        lines.add("%s %d %s".formatted(file, found.size(), found.lastModifiedTime()));
      }
    }
    return lines;
  }

  /** Copies that should be gone. */
  private List<Path> leftovers() throws IOException {
    try (Stream<Path> files = Files.walk(tmp)) {
      return files.filter(file -> file.getFileName().toString().startsWith("read-")).toList();
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(List.of(command) + ": " + output).isZero();
  }
}
