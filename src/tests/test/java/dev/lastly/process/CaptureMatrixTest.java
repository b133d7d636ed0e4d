package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each kind of function of Java and each kind of value that it takes or captures, compiled by this
 * JDK and by the newest one: registered by a process that is killed, run by another.
 */
final class CaptureMatrixTest {
  private static final Path SOURCE =
      Path.of(System.getProperty("lastly.basedir", ""), "src/tests/test/compiled/Matrix.java");

  /** How often the program defers each function: a case that vanishes from it fails the test. */
  private static final Map<String, Integer> CASES = new TreeMap<>();

  static {
    for (String one :
        """
        static generic overloadedText overloadedLong overloadedBoxed nested wildcards enums nulls
        wide recordHidden cleaner inheritedStatic overridden plainRun common0 common1
        lambdaPrimitives lambdaBoxed lambdaText lambdaRecordEnum lambdaThis lambdaCollections
        lambdaTimes lambdaArrays lambdaCallAndCapture lambdaInLambda lambdaOfClass
        lambdaOfInterface lambdaLocal
        """
            .strip()
            .split("\\s+", -1)) {
      CASES.put(one, 1);
    }
    for (String two :
        List.of("private", "overloadedPath", "interfaceStatic", "closer", "constructor")) {
      CASES.put(two, 2);
    }
    for (String three : List.of("recordRun", "interfaceDefault", "inherited", "bodyRun")) {
      CASES.put(three, 3);
    }
    CASES.put("varargs", 4);
  }

  private static final String NAMED_METHOD = "defer a named method";

  /** What a refusal says. */
  private static final Map<String, List<String>> REFUSED =
      Map.ofEntries(
          Map.entry("lambdaListOfPaths", List.of("UnixPath", NAMED_METHOD, "in full")),
          Map.entry("lambdaOptionalPath", List.of("UnixPath", NAMED_METHOD, "in full")),
          Map.entry("lambdaMapOfRecords", List.of("Matrix$Rec", NAMED_METHOD, "in full")),
          Map.entry("lambdaBox", List.of("'content'", NAMED_METHOD, "in full")),
          Map.entry("lambdaObject", List.of("UnixPath", NAMED_METHOD, "in full")),
          Map.entry("lambdaThisOfAnything", List.of("captures", "copy", "local variables")),
          Map.entry("lambdaInterface", List.of("Matrix$Iface", NAMED_METHOD)),
          Map.entry("anonymous", List.of("anonymous class", "a record")),
          Map.entry("generic", List.of("exactly that class", "use a record")),
          Map.entry("superOf", List.of("exactly that class", "use a record")),
          Map.entry("bounded", List.of("java.lang.Comparable", "concrete class")),
          Map.entry("nullReceiver", List.of("argument 1", "null was given")),
          Map.entry("nullPrimitive", List.of("argument 2", "declared as int", "null was given")),
          Map.entry("future", List.of("CompletableFuture", "wait for it in the function")),
          Map.entry("stage", List.of("CompletionStage", "wait for it in the function")),
          Map.entry("futures", List.of("concurrent.Future", "wait for it in the function")),
          Map.entry("nestedFutures", List.of("CompletableFuture", "wait for it in the function")),
          Map.entry("byNameOverloads", List.of("more than one", "a method of your own")),
          Map.entry("byNameVarargs", List.of("variable arguments are one array")));

  @TempDir private Path base;

  @Test
  void reap_everyKindOfFunction_runsAsRegisteredOrWasRefused() throws Exception {
    List<Path> compilers = compilers();
    Path classes = Files.createDirectory(base.resolve("classes"));
    Ledger expected = new Ledger(base.resolve("expected"));
    Ledger actual = new Ledger(base.resolve("actual"));
    List<List<String>> refusals = new ArrayList<>();
    List<Process> compiling = new ArrayList<>();
    for (int i = 0; i < compilers.size(); i++) {
      compiling.add(compile(compilers.get(i), "matrix" + i, classes));
    }
    for (int i = 0; i < compilers.size(); i++) {
      assertThat(compiling.get(i).waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(compiling.get(i).exitValue())
          .as(Files.readString(base.resolve("matrix" + i + ".log")))
          .isZero();
    }
    try (WorkerProcess first = worker(classes, expected);
        WorkerProcess second = worker(classes, actual)) {
      first.call("open m " + base + " reap=0");
      first.call("job m j");
      for (int i = 0; i < compilers.size(); i++) {
        Path refused = base.resolve("refused" + i);
        first.call("plugin j matrix%d.Matrix %s all".formatted(i, refused));
        refusals.add(Files.readAllLines(refused));
      }
      first.kill();
      second.call("open m " + base + " reap=0");
      second.call("reap m");
    }
    for (List<String> refused : refusals) {
      assertRefusals(refused);
    }
    try (Database db = Database.read(base)) {
      assertThat(
              db.rows(
                  "SELECT id, state, attempts FROM deferred_function"
                      + " WHERE state != 'done' OR attempts != 1"))
          .isEmpty();
    }
    assertThat(actual.tags()).containsExactlyInAnyOrderElementsOf(expected.tags());
    Map<String, Integer> counts = new TreeMap<>();
    actual.tags().forEach(tag -> counts.merge(tag.substring(0, tag.indexOf('[')), 1, Integer::sum));
    counts.replaceAll((name, count) -> count / compilers.size());
    assertThat(counts).isEqualTo(CASES);
  }

  private static void assertRefusals(List<String> refused) {
    Map<String, String> found = new TreeMap<>();
    for (String line : refused) {
      found.put(line.substring(0, line.indexOf(": ")), line);
    }
    assertThat(found).containsOnlyKeys(REFUSED.keySet());
    REFUSED.forEach((name, words) -> assertThat(found.get(name)).contains(words));
  }

  private static WorkerProcess worker(Path classes, Ledger ledger) throws Exception {
    return WorkerProcess.launcher()
        .classes(classes)
        .with("-Dmatrix.ledger=" + ledger.file())
        .start();
  }

  /** This JDK, and the newest of the others. */
  private static List<Path> compilers() throws IOException {
    List<Path> homes = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
    Path others = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(others)) {
      try (Stream<Path> all = Files.list(others)) {
        all.filter(home -> home.getFileName().toString().matches(".*-(2[1-9]|[3-9]\\d)-jdk.*"))
            .filter(home -> Files.isExecutable(home.resolve("bin/javac")))
            .max(Path::compareTo)
            .ifPresent(homes::add);
      }
    }
    return homes;
  }

  private Process compile(Path home, String name, Path classes) throws Exception {
    Path source = Files.createDirectory(base.resolve(name)).resolve("Matrix.java");
    Files.writeString(
        source, Files.readString(SOURCE).replace("package matrix;", "package " + name + ";"));
    return new ProcessBuilder(
            home.resolve("bin/javac").toString(),
            "-J-XX:TieredStopAtLevel=1",
            "--release",
            "17",
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            classes.toString(),
            source.toString())
        .redirectErrorStream(true)
        .redirectOutput(base.resolve(name + ".log").toFile())
        .start();
  }
}
