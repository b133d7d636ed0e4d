package dev.lastly.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A real worker JVM that runs {@link Worker}. Each wait has a limit; beyond it the test fails, with
 * everything that the process wrote to standard error.
 */
public final class WorkerProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String END = "(end of output)";

  private final Process process;
  private final Writer in;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final long pid;

  private WorkerProcess(Process process) throws Exception {
    this.process = process;
    this.in = process.outputWriter(UTF_8);
    pump(process.getInputStream(), answers::add, "out");
    pump(process.getErrorStream(), errors::add, "err");
    try {
      this.pid = Long.parseLong(answer("start"));
    } catch (Throwable e) {
      end(process);
      throw e;
    }
  }

  /** How to start one. For one thread. */
  public static final class Launcher {
    private final List<String> prefix = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final List<Path> classes = new ArrayList<>();
    private final List<String> replacing = new ArrayList<>();
    private final Map<String, String> environment = new TreeMap<>();
    private List<String> libraries = List.of(); // all
    private Path cacheHome = Path.of("");
    private Class<?> main = Worker.class;

    private Launcher() {}

    /** More variables of the environment. */
    public Launcher environment(Map<String, String> variables) {
      environment.putAll(variables);
      return this;
    }

    /** Runs the JVM under another program. */
    public Launcher under(String... command) {
      prefix.addAll(List.of(command));
      return this;
    }

    /** Another main class, which answers as {@link Worker} does, and knows other commands. */
    public Launcher main(Class<?> type) {
      main = type;
      return this;
    }

    /** More options of the JVM. */
    public Launcher with(String... jvmOptions) {
      options.addAll(List.of(jvmOptions));
      return this;
    }

    /** More classes. */
    public Launcher classes(Path directory) {
      classes.add(directory);
      return this;
    }

    /** Classes that replace those of this build. */
    public Launcher replacing(Path directory) {
      replacing.add(directory.toString());
      return classes(directory); // there is no archive of such classes
    }

    /**
     * Leaves out all other libraries: a JVM keeps the directory of each jar that it has opened.
     *
     * @param jars how the names of their jars begin
     */
    public Launcher libraries(String... jars) {
      libraries = List.of(jars);
      return this;
    }

    private boolean isLeftOut(String entry) {
      String name = entry.substring(entry.lastIndexOf('/') + 1);
      return !libraries.isEmpty()
          && name.endsWith(".jar")
          && !entry.startsWith(System.getProperty("lastly.basedir", "") + "/")
          && libraries.stream().noneMatch(name::startsWith);
    }

    /** Where the native library is kept. */
    public Launcher cacheHome(Path directory) {
      cacheHome = directory;
      return this;
    }

    /** Starts it and waits for its first sign of life. */
    public WorkerProcess start() throws Exception {
      List<String> command = new ArrayList<>(prefix);
      command.addAll(ChildJvm.command(options, classes));
      int classPath = command.lastIndexOf("-cp") + 1;
      List<String> entries = new ArrayList<>(replacing);
      entries.addAll(List.of(command.get(classPath).split(File.pathSeparator, -1)));
      entries.removeIf(this::isLeftOut);
      command.set(classPath, String.join(File.pathSeparator, entries));
      if (!libraries.isEmpty()) { // an archive is of the whole class path
        command.removeIf(option -> option.startsWith("-XX:SharedArchiveFile="));
      }
      command.add(main.getName());
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      builder.environment().putAll(environment);
      if (!cacheHome.toString().isEmpty()) {
        builder.environment().put("XDG_CACHE_HOME", cacheHome.toString());
      }
      return new WorkerProcess(builder.start());
    }
  }

  /** To start one that is out of the ordinary. */
  public static Launcher launcher() {
    return new Launcher();
  }

  /** Starts an ordinary one. */
  public static WorkerProcess start() throws Exception {
    return launcher().start();
  }

  /**
   * Starts one without a JVM, which knows the commands {@code open}, {@code job}, {@code command},
   * {@code end}, {@code reap} and {@code close}.
   */
  public static WorkerProcess startPython() throws Exception {
    Path worker =
        Path.of(System.getProperty("lastly.basedir", ""), "src/tests/test/python/worker.py");
    return new WorkerProcess(new ProcessBuilder("python3", "-B", worker.toString()).start());
  }

  /** Starts several at once, which is faster than one after the other. */
  public static Group start(int count) throws Exception {
    return start(count, launcher());
  }

  /** Starts several of a kind at once. */
  public static Group start(int count, Launcher launcher) throws Exception {
    List<WorkerProcess> workers = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        workers.add(launcher.start());
      }
      return new Group(workers);
    } catch (Throwable e) {
      workers.forEach(WorkerProcess::close);
      throw e;
    }
  }

  /**
   * Several.
   *
   * @param workers each of them
   */
  public record Group(List<WorkerProcess> workers) implements AutoCloseable {
    /** One of them. */
    public WorkerProcess get(int i) {
      return workers.get(i);
    }

    /** Gives all the same command at the same moment, then collects their answers. */
    public List<String> callAll(String command) throws Exception {
      for (WorkerProcess worker : workers) {
        worker.send(command);
      }
      List<String> answers = new ArrayList<>();
      for (WorkerProcess worker : workers) {
        answers.add(worker.answer(command));
      }
      return answers;
    }

    /** Kills all of them. */
    public void kill() throws Exception {
      for (WorkerProcess worker : workers) {
        worker.kill();
      }
    }

    @Override
    public void close() {
      workers.forEach(WorkerProcess::close);
    }
  }

  /** The worker's process id; not that of the program it may run under. */
  public long pid() {
    return pid;
  }

  /** Gives a command and returns the answer; an error fails the test. */
  public String call(String command) throws Exception {
    send(command);
    return answer(command);
  }

  /** Gives a command that must fail, and returns the message. */
  public String refused(String command) throws Exception {
    String answer = attempt(command);
    if (!answer.startsWith("error ")) {
      throw failure("was not refused: " + command + ": " + answer);
    }
    return answer.substring("error ".length());
  }

  /** Gives a command that may fail, and returns the whole answer. */
  public String attempt(String command) throws Exception {
    send(command);
    return line(command);
  }

  /** Whether the answer to a command that was sent is there. */
  public boolean hasAnswered() {
    return !answers.isEmpty();
  }

  /** Gives a command without waiting for the answer. */
  public void send(String command) throws IOException {
    in.write(command + "\n");
    in.flush();
  }

  /** Waits for the answer to a command that was sent; an error fails the test. */
  public String answer(String command) throws Exception {
    String answer = line(command);
    if (!answer.startsWith("ok ")) {
      throw failure(command + ": " + answer);
    }
    return answer.substring("ok ".length());
  }

  private String line(String command) throws InterruptedException {
    String line = answers.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    if (line == null) {
      throw failure("gave no answer in " + PATIENCE + " to: " + command);
    }
    if (line.equals(END)) {
      answers.add(END); // for the next caller
      throw failure("ended instead of answering: " + command);
    }
    return line;
  }

  /** Everything written to standard error so far. */
  public String errors() {
    return String.join("\n", errors);
  }

  /** SIGKILL, and waits until it is gone. */
  public void kill() throws Exception {
    signal("KILL");
    awaitExit(PATIENCE);
  }

  /** SIGSTOP, and waits until the kernel shows it as stopped. */
  public void stop() throws Exception {
    signal("STOP");
    Await.until(
        "process " + pid + " is stopped",
        () -> Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") T "));
  }

  /** SIGCONT. */
  public void resume() throws Exception {
    signal("CONT");
  }

  /** SIGTERM. */
  public void terminate() throws Exception {
    signal("TERM");
  }

  /** SIGINT, which is what Ctrl-C sends. */
  public void interrupt() throws Exception {
    signal("INT");
  }

  /** SIGKILL, without waiting: for a worker whose parent will not reap it. */
  public void strike() throws Exception {
    signal("KILL");
  }

  /**
   * SIGKILL to the program that it runs under and to everything below that, and waits: for a worker
   * in another pid namespace, whose own pid belongs to another process here.
   */
  public void killWithProgram() {
    end(process);
  }

  /** The pid, in this namespace, of the JVM that runs under a program. */
  public long outerPid() {
    return process
        .descendants()
        .filter(p -> p.info().command().filter(c -> c.endsWith("/java")).isPresent())
        .findFirst()
        .orElseThrow(() -> failure("has no JVM"))
        .pid();
  }

  private void signal(String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
    if (kill.waitFor() != 0) {
      throw failure("could not be sent SIG" + name);
    }
  }

  /** Waits until it has ended by itself. */
  public int awaitExit(Duration time) throws InterruptedException {
    if (!process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)) {
      throw failure("did not end in " + time);
    }
    return process.exitValue();
  }

  private AssertionError failure(String what) {
    return new AssertionError(
        "worker " + process.pid() + " " + what + "\nits standard error:\n" + errors());
  }

  /** Ends it whatever it does: stopped processes die of SIGKILL as well. */
  @Override
  public void close() {
    end(process);
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly); // if it runs under a program
    try {
      if (!process.destroyForcibly().waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("process " + process.pid() + " survives SIGKILL");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pump(InputStream stream, Consumer<String> sink, String name) {
    Thread thread =
        new Thread(
            () -> {
              try (BufferedReader reader =
                  new BufferedReader(new InputStreamReader(stream, UTF_8))) {
                reader.lines().forEach(sink);
              } catch (IOException | UncheckedIOException e) {
                sink.accept("(" + e + ")");
              }
              sink.accept(END);
            },
            "worker-" + name);
    thread.setDaemon(true);
    thread.start();
  }
}
