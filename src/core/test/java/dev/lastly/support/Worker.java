package dev.lastly.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.Deferrer;
import dev.lastly.JobContext;
import dev.lastly.Operator;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Commands;
import dev.lastly.cleanup.Containers;
import dev.lastly.model.Action;
import dev.lastly.model.Durability;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.Guardian;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Order;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The main class of worker processes: one command on each line of standard input, one answer on
 * each line of standard output, {@code ok …} or {@code error …}. Ends at the end of the input.
 */
public final class Worker {
  private final Map<String, DeferredFunctionManager> managers = new ConcurrentHashMap<>();
  private final Map<String, JobContext> jobs = new ConcurrentHashMap<>();
  private final Map<String, DeferredHandle> handles = new ConcurrentHashMap<>();
  private final Map<String, Operator> operators = new ConcurrentHashMap<>();
  private final Map<String, LibraryCopy> copies = new ConcurrentHashMap<>();

  Worker() {}

  /** Code that this class was not compiled with. */
  public interface Plugin {
    /** Registers something of its own. */
    void defer(JobContext job, Path ledger, String tag);
  }

  /** Serves. */
  public static void main(String[] args) throws Exception {
    Worker worker = new Worker();
    System.out.println("ok " + ProcessHandle.current().pid());
    try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        System.out.println(worker.answer(List.of(line.split(" ", -1))));
      }
    }
  }

  private String answer(List<String> words) {
    try {
      if (words.get(0).equals("async")) {
        List<String> rest = words.subList(1, words.size());
        Thread thread = new Thread(() -> System.err.println(rest + ": " + answer(rest)), "async");
        thread.setDaemon(true);
        thread.start();
        return "ok ";
      }
      return "ok " + execute(words.get(0), words.subList(1, words.size()));
    } catch (Throwable e) { // whatever it is, the test wants to know
      String text = e.getClass().getSimpleName() + ": " + e.getMessage();
      return "error " + text.replaceAll("\\s+", " ");
    }
  }

  Object execute(String command, List<String> w) throws Exception {
    return switch (command) {
      case "open" -> {
        managers.put(w.get(0), open(Path.of(w.get(1)), w.subList(2, w.size())));
        yield manager(w.get(0)).ownerId();
      }
      case "job" -> done(jobs.put(w.get(1), manager(w.get(0)).openJob(w.get(1))));
      case "defer" -> defer(job(w.get(0)), w.get(1), Path.of(w.get(2)), w.get(3));
      case "files" -> files(job(w.get(0)), w.get(1), Path.of(w.get(2)), Path.of(w.get(3)));
      case "command" -> {
        String[] arguments = w.subList(1, w.size()).toArray(String[]::new);
        yield job(w.get(0)).defer(Commands::run, Command.of(arguments)).id();
      }
      case "tree" -> job(w.get(0)).defer(Cleanup::deleteTree, Path.of(w.get(1))).id();
      case "container" -> job(w.get(0)).defer(Containers::remove, w.get(1)).id();
      case "start" -> job(w.get(0)).start(new ProcessBuilder(w.subList(1, w.size()))).pid();
      case "transfer" -> job(w.get(0)).transferTo(number(w.get(1))).orElseThrow();
      case "plugin" -> plugin(job(w.get(0)), w.get(1), Path.of(w.get(2)), w.get(3));
      case "onFailure" ->
          defer(job(w.get(0)).onlyIfFailed(), w.get(1), Path.of(w.get(2)), w.get(3));
      case "commit" -> {
        job(w.get(0)).commit();
        yield "";
      }
      case "runNow" -> Objects.requireNonNull(handles.get(w.get(0))).runNow();
      case "state" -> Objects.requireNonNull(handles.get(w.get(0))).state().orElseThrow();
      case "cancel" -> Objects.requireNonNull(handles.get(w.get(0))).cancel();
      case "reap" -> manager(w.get(0)).reap();
      case "prune" -> manager(w.get(0)).prune();
      case "operator" -> done(operators.put(w.get(0), Operator.open(Path.of(w.get(1)))));
      case "cancelById" -> operator(w.get(0)).cancel(number(w.get(1)), "a test").message();
      case "race" ->
          sum(w.stream().map(name -> (Callable<Integer>) () -> manager(name).reap()).toList());
      case "flood" -> flood(job(w.get(0)), Path.of(w.get(1)), number(w.get(2)), number(w.get(3)));
      case "churn" -> churn(w.subList(1, w.size()), number(w.get(0)));
      case "cycles" -> Cycles.run(Path.of(w.get(1)), number(w.get(0)), w.subList(2, w.size()));
      case "end" -> {
        job(w.get(0)).close();
        yield "";
      }
      case "close" -> {
        manager(w.get(0)).close();
        yield "";
      }
      case "cleanup" -> {
        DeferredFunctionManager.cleanupWorker(Path.of(w.get(0)));
        yield "";
      }
      case "scribe" -> {
        scribe(w).start();
        yield "";
      }
      case "hook" -> {
        hook(w);
        yield "";
      }
      case "exit" -> {
        System.exit(number(w.get(0)));
        yield "";
      }
      case "halt" -> {
        Runtime.getRuntime().halt(9);
        yield "";
      }
      case "clock" -> System.currentTimeMillis();
      case "segv" -> Misdeeds.crash();
      case "eat" -> Misdeeds.eatMemory();
      case "touch" -> Misdeeds.openAndClose(Path.of(w.get(0)));
      case "spawn" -> Misdeeds.spawn(w);
      case "loader" -> done(copies.put(w.get(0), new LibraryCopy(w.subList(1, w.size()))));
      case "in" -> copy(w.get(0)).execute(w.subList(1, w.size()));
      case "unload" -> copy(w.get(0)).unload();
      default -> throw new IllegalArgumentException("no command '" + command + "'");
    };
  }

  private Scribe scribe(List<String> w) {
    Duration work = Duration.ofMillis(number(w.get(4)));
    return new Scribe(manager(w.get(0)), w.get(1), Path.of(w.get(2)), Path.of(w.get(3)), work);
  }

  /** What another shutdown hook does: says that it runs; then, some time later, a command. */
  private void hook(List<String> w) {
    Thread hook =
        new Thread(
            () -> {
              System.err.println("hooks run");
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(number(w.get(0))));
              if (w.get(1).equals("scribe")) {
                scribe(w.subList(2, w.size())).run(); // in this very thread, which is waited for
              } else {
                System.err.println("hook: " + answer(w.subList(1, w.size())));
              }
            });
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private static String done(@Nullable Object previous) {
    return previous == null ? "" : "again";
  }

  private static String plugin(JobContext job, String className, Path ledger, String tag)
      throws Exception {
    Class<? extends Plugin> type = Class.forName(className).asSubclass(Plugin.class);
    type.getConstructor().newInstance().defer(job, ledger, tag);
    return "";
  }

  private DeferredFunctionManager manager(String name) {
    return Objects.requireNonNull(managers.get(name), name);
  }

  private Operator operator(String name) {
    return Objects.requireNonNull(operators.get(name), name);
  }

  private LibraryCopy copy(String name) {
    return Objects.requireNonNull(copies.get(name), name);
  }

  private JobContext job(String name) {
    return Objects.requireNonNull(jobs.get(name), name);
  }

  private static int number(String text) {
    return Integer.parseInt(text);
  }

  private static DeferredFunctionManager open(Path base, List<String> options) throws Exception {
    Settings.Builder settings = Settings.builder();
    RetryPolicy.Builder retry = RetryPolicy.builder();
    for (String option : options) {
      String value = option.substring(option.indexOf('=') + 1);
      switch (option.substring(0, option.indexOf('='))) {
        case "durability" -> settings.durability(Durability.valueOf(value));
        case "order" -> settings.order(Order.valueOf(value));
        case "reap" -> settings.reapInterval(Duration.ofMillis(number(value)));
        case "fs" -> settings.allowFileSystem(value);
        case "timeout" -> settings.functionTimeout(Duration.ofMillis(number(value)));
        case "shutdown" -> settings.onShutdown(OnShutdown.valueOf(value));
        case "grace" -> settings.shutdownGrace(Duration.ofMillis(number(value)));
        case "finished" -> settings.finishedLimit(number(value));
        case "loglimit" -> settings.logLimit(Long.parseLong(value));
        case "attempts" -> retry.maxAttempts(number(value));
        case "backoff" -> retry.initialBackoff(Duration.ofMillis(number(value))).multiplier(1);
        case "longest" -> retry.maxBackoff(Duration.ofMillis(number(value)));
        case "guardian" ->
            settings.guardian(
                Guardian.sameClassPath()
                    .withJvmOptions(value.isEmpty() ? new String[0] : value.split(",")));
        case "allow" ->
            settings.policy(FunctionPolicy.allowList().allowClass(Class.forName(value)).build());
        default -> throw new IllegalArgumentException("no option '" + option + "'");
      }
    }
    return DeferredFunctionManager.open(base, settings.retry(retry.build()).build());
  }

  private String defer(Deferrer job, String action, Path ledger, String tag) {
    Action.Of2<Path, String> function = Objects.requireNonNull(Actions.BY_NAME.get(action), action);
    DeferredHandle handle = job.defer(function, ledger, tag);
    handles.put(tag, handle);
    return Long.toString(handle.id());
  }

  private static String files(JobContext job, String kind, Path a, Path b) {
    DeferredHandle handle =
        switch (kind) {
          case "method" -> job.defer(Actions.Files2::delete, new Actions.Files2(List.of(a, b)));
          case "static" -> job.defer(Actions.Nested::delete, a, b);
          case "lambda" -> job.defer(() -> Actions.Nested.delete(a, b));
          default -> throw new IllegalArgumentException(kind);
        };
    return Long.toString(handle.id());
  }

  private static int flood(JobContext job, Path ledger, int threads, int each) throws Exception {
    List<Callable<Integer>> calls = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      String prefix = "t" + t + "-";
      calls.add(
          () -> {
            for (int i = 0; i < each; i++) {
              job.defer(Actions::log, ledger, prefix + i);
            }
            return each;
          });
    }
    return sum(calls);
  }

  /** Opens and closes empty jobs for so long; returns how many. */
  private int churn(List<String> names, int millis) throws Exception {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    List<Callable<Integer>> calls = new ArrayList<>();
    for (String name : names) {
      calls.add(
          () -> {
            int count = 0;
            for (; System.nanoTime() < end; count++) {
              manager(name).openJob().close();
              TimeUnit.MILLISECONDS.sleep(5); // the pace of a busy worker, not a wait
            }
            return count;
          });
    }
    return sum(calls);
  }

  private static int sum(List<Callable<Integer>> calls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      int sum = 0;
      for (Future<Integer> result : threads.invokeAll(calls)) {
        sum += result.get();
      }
      return sum;
    } finally {
      threads.shutdownNow();
    }
  }
}
