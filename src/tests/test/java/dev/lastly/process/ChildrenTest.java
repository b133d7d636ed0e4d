package dev.lastly.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Order;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code job.start}: a child, with all that it starts, goes with its job or its worker. */
@Timeout(180)
class ChildrenTest {
  private static final int KILLS = 10;
  private static final int CHILDREN = 10;

  @TempDir private Path base;

  /** Makes a thing a while after it was started, as {@code docker run} does, and stays. */
  private static ProcessBuilder creator(Path thing) {
    return new ProcessBuilder("sh", "-c", "sleep 0.4; : > '" + thing + "'; sleep 1000 & wait");
  }

  /** A worker whose children are at work when it is killed; says how far it is. */
  static final class Worker {
    private Worker() {}

    /** Arguments: the state directory, where the things are made, whether to use job.start. */
    public static void main(String[] args) throws Exception {
      Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
      DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]), settings);
      System.out.println("open");
      for (int i = 0; i < CHILDREN; i++) {
        JobContext job = manager.openJob("job-" + i);
        Path thing = Path.of(args[1]).resolve("thing-" + i);
        job.defer(Cleanup::deleteFile, thing);
        ProcessBuilder creator = creator(thing);
        Process unused = Boolean.parseBoolean(args[2]) ? job.start(creator) : creator.start();
        System.out.println("started");
      }
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  private Process worker(Path things, boolean start) throws IOException {
    List<String> command = new ArrayList<>(ChildJvm.command());
    command.add(Worker.class.getName());
    command.addAll(List.of(base.toString(), things.toString(), Boolean.toString(start)));
    Process worker =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return worker;
  }

  /** Kills workers while they start children, beside a sibling that reaps at once. */
  private List<String> left(int kills, boolean start) throws Exception {
    Settings settings = Settings.builder().reapInterval(Duration.ofMillis(20)).build();
    try (DeferredFunctionManager sibling = DeferredFunctionManager.open(base, settings)) {
      List<String> left = new ArrayList<>();
      for (int i = 0; i < kills; i++) {
        Path things = Files.createDirectory(base.resolve("things-" + i));
        Process worker = worker(things, start);
        for (int line = 0; line <= i; line++) { // "open", and of each child "started"
          assertThat(worker.inputReader().readLine()).isNotNull();
        }
        Thread.sleep(i % 4); // in the middle of starting the next one
        worker.destroyForcibly().waitFor();
        Await.until("all is done", () -> unfinished() == 0);
        Await.until(
            "each child that is left has made its thing",
            () -> things(things).size() == processesOf(things));
        left.addAll(things(things));
      }
      assertThat(sibling.ownerId()).isPositive();
      return left;
    }
  }

  private static List<String> things(Path directory) throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.map(Path::toString).toList();
    }
  }

  private long unfinished() throws Exception {
    try (Database db = Database.read(base)) {
      return Long.parseLong(
          db.rows("SELECT count(*) FROM deferred_function WHERE finished_at IS NULL").get(0));
    }
  }

  private static long processesOf(Path directory) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(directory + "/thing"))
        .count();
  }

  @Test
  void start_workerKilledWhileChildrenWork_nothingIsLeft() throws Exception {
    assertThat(left(KILLS, true)).isEmpty();
    assertThat(processesOf(base)).isZero();
  }

  /** What the test above would see if {@code start} did nothing. */
  @Test
  void withoutStart_workerKilledWhileChildrenWork_leavesThings() throws Exception {
    try {
      assertThat(left(3, false)).isNotEmpty();
    } finally {
      ProcessHandle.allProcesses()
          .filter(process -> process.info().commandLine().orElse("").contains(base + "/thing"))
          .forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** Makes things again and again. */
  private static ProcessBuilder maker(Path... things) {
    return new ProcessBuilder(
        "sh",
        "-c",
        Stream.of(things)
            .map(thing -> ": > '" + thing + "'; ")
            .collect(Collectors.joining("", "while :; do ", "done")));
  }

  /** A worker whose functions come before and after the child that undoes their work. */
  static final class Between {
    private Between() {}

    /** Arguments: the state directory, two things that the child makes again and again. */
    public static void main(String[] args) throws Exception {
      Path earlier = Path.of(args[1]);
      Path later = Path.of(args[2]);
      Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
      DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]), settings);
      JobContext job = manager.openJob("job");
      for (int i = 0; i < 70; i++) { // more than a reaper reads at once
        job.defer(Cleanup::deleteFile, earlier);
      }
      Process unused = job.start(maker(earlier, later));
      for (int i = 0; i < 70; i++) {
        job.defer(Cleanup::deleteFile, later);
      }
      System.out.println("started");
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  @ParameterizedTest
  @EnumSource(Order.class)
  void start_workerKilled_childEndsBeforeWhatCameEarlierAndLater(Order order) throws Exception {
    Path earlier = base.resolve("thing-1");
    Path later = base.resolve("thing-2");
    List<String> command = new ArrayList<>(ChildJvm.command());
    command.addAll(
        List.of(Between.class.getName(), base + "", earlier.toString(), later.toString()));
    Process worker =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    assertThat(worker.inputReader().readLine()).isEqualTo("started");
    worker.destroyForcibly().waitFor();
    Settings settings = Settings.builder().reapInterval(Duration.ZERO).order(order).build();
    try (DeferredFunctionManager sibling = DeferredFunctionManager.open(base, settings)) {
      assertThat(sibling.reap()).isEqualTo(141);
    }
    assertThat(earlier).doesNotExist();
    assertThat(later).doesNotExist();
    assertThat(processesOf(base)).isZero();
  }

  @Test
  void start_jvmShutsDownWithTheJobOpen_childEndsFirst() throws Exception {
    Path thing = base.resolve("thing");
    Settings settings = Settings.builder().onShutdown(OnShutdown.CLOSE_NOW).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      JobContext job =
          manager.openJob("job"); // the manager ends it, and does not know its children
      Process child = job.start(maker(thing));
      Await.until("it works", () -> Files.exists(thing));
      job.defer(Cleanup::deleteFile, thing);
      manager.close();
      assertThat(child.isAlive()).isFalse();
    }
    assertThat(thing).doesNotExist();
  }

  @Test
  void close_childAtWork_endsItBeforeTheFunctionsThatCameLater() throws Exception {
    Path log = base.resolve("log");
    Process child;
    Process grandchild;
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("job")) {
      child =
          job.start(
              new ProcessBuilder("sh", "-c", "while :; do : > thing; done")
                  .directory(base.toFile()));
      grandchild = job.start(new ProcessBuilder("sh", "-c", "sleep 999 & wait"), Duration.ZERO);
      Await.until("it works", () -> Files.exists(base.resolve("thing")));
      job.defer(Cleanup::deleteFile, base.resolve("thing"));
      assertThat(log).doesNotExist();
    }
    assertThat(child.isAlive()).isFalse();
    assertThat(grandchild.isAlive()).isFalse();
    assertThat(base.resolve("thing")).doesNotExist();
    assertThat(unfinished()).isZero();
  }

  @Test
  void start_program_hasItsStreamsStatusAndEnvironment() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("job")) {
      ProcessBuilder program =
          new ProcessBuilder("sh", "-c", "read -r in; echo \"$$ $in $A ${lastly-unset}\"; exit 7");
      program.environment().put("A", "a b");
      Process child = job.start(program.directory(base.toFile()));
      child.getOutputStream().write("in\nrest\n".getBytes(UTF_8));
      child.getOutputStream().close();
      assertThat(child.inputReader().readLine()).isEqualTo(child.pid() + " in a b unset");
      assertThat(child.waitFor()).isEqualTo(7);
    }
    assertThat(unfinished()).isZero();
  }

  /** The JDK finds setsid(1) on the PATH of this process, whatever the child's is. */
  @Test
  void start_childWithAPathOfItsOwn_isFoundThere() throws Exception {
    Path program = Files.writeString(base.resolve("hello"), "#!/bin/sh\necho hello\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    ProcessBuilder hello = new ProcessBuilder("hello");
    hello.environment().clear();
    hello.environment().put("PATH", base.toString());
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("job")) {
      assertThat(job.start(hello).inputReader().readLine()).isEqualTo("hello");
    }
  }

  @Test
  void start_noSuchProgram_saysSoAndStoresNothing() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("job")) {
      assertThatThrownBy(() -> job.start(new ProcessBuilder("no-such-program")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot run 'no-such-program': no directory of its PATH");
      assertThatThrownBy(() -> job.start(new ProcessBuilder("./no-such").directory(base.toFile())))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(base + "/./no-such is no executable file");
      assertThatThrownBy(
              () -> job.start(new ProcessBuilder("true").directory(base.resolve("x").toFile())))
          .hasMessageContaining("its directory " + base.resolve("x") + " does not exist");
      assertThat(job.id()).isEmpty();
    }
  }

  @Test
  void start_endCannotBeRegistered_theProgramNeverBegins() throws Exception {
    Settings settings =
        Settings.builder()
            .policy(FunctionPolicy.allowList().allowClass(Cleanup.class).build())
            .build();
    Path thing = base.resolve("thing");
    ProcessBuilder program = new ProcessBuilder("touch", thing.toString());
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      JobContext job = manager.openJob("job");
      assertThatThrownBy(() -> job.start(program)).isInstanceOf(FunctionRefusedException.class);
      job.close();
      assertThatThrownBy(() -> job.start(program)).isInstanceOf(RuntimeException.class);
    }
    Await.until("no child is left", () -> processesOf(base) == 0);
    assertThat(thing).doesNotExist();
  }

  @Test
  void start_byManyThreads_eachChildHasAGateOfItsOwn() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("job")) {
      List<Callable<String>> starts = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        ProcessBuilder echo = new ProcessBuilder("echo", "child-" + i);
        starts.add(() -> job.start(echo).inputReader().readLine());
      }
      List<String> said = new ArrayList<>();
      for (Future<String> start : threads.invokeAll(starts)) {
        said.add(start.get());
      }
      assertThat(said).hasSize(40).doesNotHaveDuplicates().allMatch(s -> s.startsWith("child-"));
    } finally {
      threads.shutdownNow();
    }
  }
}
