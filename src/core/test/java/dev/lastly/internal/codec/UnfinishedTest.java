package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions that would be recorded as done before anything is. */
@SuppressWarnings({
  "serial",
  "UnusedMethod",
  "UnusedVariable",
  "DoNotCallSuggester",
  "DoNotCall",
  "FutureReturnValueIgnored",
  "ReturnValueIgnored",
  "StreamResourceLeak"
}) // deferred, not called
final class UnfinishedTest {
  static Future<String> future() {
    return new CompletableFuture<>();
  }

  static CompletionStage<String> stage() {
    return new CompletableFuture<>();
  }

  static CompletableFuture<String> failed(String text) {
    return CompletableFuture.failedFuture(new IOException(text));
  }

  interface Timed extends ScheduledFuture<String> {}

  static Timed subtype() {
    throw new IllegalStateException();
  }

  static List<CompletableFuture<Void>> list() {
    return List.of();
  }

  static Map<String, ? extends Set<Future<?>>[]> deep() {
    return Map.of();
  }

  static Thread[] array() {
    return new Thread[0];
  }

  static List<Runnable> neverStarted() {
    return List.of();
  }

  static <T extends Comparable<T>> Map<T, List<? super T>> bounded() {
    return Map.of();
  }

  static Flow.Publisher<String> publisher() {
    return subscriber -> {};
  }

  static Callable<String> callable() {
    return () -> "never called";
  }

  static Process process(String command) throws IOException {
    return new ProcessBuilder(command).start();
  }

  /** A server, say, whose fluent method returns itself. */
  record Runner(String name) implements Runnable {
    @Override
    public void run() {}

    Runner fluent() {
      return this;
    }
  }

  static final class Worker extends Thread {
    Worker(String name) {
      super(name);
    }
  }

  private static void assertRefused(Action action, List<Object> arguments, String... words) {
    assertThatThrownBy(() -> Codec.encode(action, arguments))
        .isInstanceOf(FunctionRefusedException.class)
        .message()
        .contains(words);
  }

  @Test
  void encode_future_isRefusedAndSaysWhatToWrite() {
    String[] words = {"UnfinishedTest#", "java.util.concurrent.", "future.get() or join()"};
    assertRefused((Action.Of0) UnfinishedTest::future, List.of(), words);
    assertRefused((Action.Of0) UnfinishedTest::stage, List.of(), words);
    assertRefused((Action.Of1<String>) UnfinishedTest::failed, List.of("x"), words);
    assertRefused(
        (Action.Of0) UnfinishedTest::subtype, List.of(), "UnfinishedTest$Timed", "future.get()");
  }

  @Test
  void encode_containerOfFutures_isRefused() {
    assertRefused(
        (Action.Of0) UnfinishedTest::list,
        List.of(),
        "it returns a java.util.List<java.util.concurrent.CompletableFuture<java.lang.Void>>",
        "future.get()");
    assertRefused((Action.Of0) UnfinishedTest::deep, List.of(), "future.get()");
    assertRefused((Action.Of0) UnfinishedTest::array, List.of(), "Thread[]", "never started");
  }

  /** What {@code ExecutorService.shutdownNow} returns, and types that refer to themselves. */
  @Test
  void encode_otherContainer_isAccepted() {
    assertThatCode(() -> Codec.encode((Action.Of0) UnfinishedTest::neverStarted, List.of()))
        .doesNotThrowAnyException();
    assertThatCode(() -> Codec.encode((Action.Of0) UnfinishedTest::bounded, List.of()))
        .doesNotThrowAnyException();
  }

  @Test
  void encode_unstartedOrUnread_isRefused() {
    assertRefused((Action.Of0) UnfinishedTest::publisher, List.of(), "Flow$Publisher", "await()");
    assertRefused((Action.Of0) UnfinishedTest::callable, List.of(), "work that would never run");
    assertRefused(
        (Action.Of1<Path>) Files::list, List.of(Path.of("/x")), "Stream", "consume all of it");
    assertRefused((Action.Of1<String>) Worker::new, List.of("x"), "Worker", "never started");
    assertRefused(
        (Action.Of1<String>) UnfinishedTest::process, List.of("true"), "Process", "it still runs");
  }

  @Test
  void encode_methodThatHidesItsFailure_isRefused() {
    assertRefused((Action.Of1<File>) File::delete, List.of(new File("/x")), "deleteFile");
    assertRefused((Action.Of1<File>) File::deleteOnExit, List.of(new File("/x")), "orderly end");
  }

  @Test
  void encode_resultThatHappensToBeRunnable_isAccepted() {
    assertThatCode(
            () -> Codec.encode((Action.Of1<Runner>) Runner::fluent, List.of(new Runner("a"))))
        .doesNotThrowAnyException();
  }

  /** Libraries that are not on the class path: types of the same names stand for them. */
  @Test
  void reason_typesOfOtherLibraries_areKnownByName(@TempDir Path directory) throws Exception {
    for (String name :
        List.of(
            "kotlinx.coroutines.Job",
            "org.reactivestreams.Publisher",
            "io.reactivex.rxjava3.core.CompletableSource",
            "io.smallrye.mutiny.Uni",
            "scala.concurrent.Awaitable",
            "io.vertx.core.Future",
            "kotlin.coroutines.Continuation")) {
      int dot = name.lastIndexOf('.');
      write(
          directory.resolve(name.replace('.', '/') + ".java"),
          "package %s; public interface %s {}"
              .formatted(name.substring(0, dot), name.substring(dot + 1)));
    }
    Path user =
        write(
            directory.resolve("User.java"),
            """
            public class User {
              interface Deferred extends kotlinx.coroutines.Job {}
              static abstract class Mono implements org.reactivestreams.Publisher {}
              interface Completable extends io.reactivex.rxjava3.core.CompletableSource {}
              interface Future extends scala.concurrent.Awaitable {}
              public static Deferred kotlin() { return null; }
              public static Mono reactor() { return null; }
              public static Completable rx() { return null; }
              public static io.smallrye.mutiny.Uni mutiny() { return null; }
              public static Future scala() { return null; }
              public static io.vertx.core.Future vertx() { return null; }
              public static Object suspend(String a, kotlin.coroutines.Continuation c) { return null; }
              public static String fine(String a) { return a; }
            }
            """);
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-sourcepath",
                directory.toString(),
                "-d",
                directory.toString(),
                user.toString());
    assertThat(failed).isZero();
    try (var loader = new java.net.URLClassLoader(new java.net.URL[] {directory.toUri().toURL()})) {
      for (var method : loader.loadClass("User").getDeclaredMethods()) {
        if (method.isSynthetic()) {
          continue; // of a tool that measures coverage
        }
        if (method.getName().equals("fine")) {
          assertThat(Unfinished.reason(method)).isNull();
        } else {
          assertThat(Unfinished.reason(method))
              .as(method.getName())
              .containsAnyOf("in the function", "runBlocking");
        }
      }
    }
  }

  private static Path write(Path file, String source) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, source);
  }
}
