package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunction;
import dev.lastly.JobContext;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.Worker;
import dev.lastly.support.WorkerProcess;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * References and lambdas of several compilers, registered by one release of a program and run by
 * the next one, in which compiler-made names mean other code: the registered code is run, or none.
 */
final class CompilersTest {
  private static final String JAVA =
      """
      package release;
      import dev.lastly.support.Ledger;
      import java.io.IOException;
      import java.nio.file.Path;
      public class Program implements dev.lastly.support.Worker.Plugin {
        public static void named(Path ledger, String tag) throws IOException {
          Ledger.append(ledger, tag);
        }
        public static class Nested {
          public static void method(Path ledger, String tag) throws IOException {
            Ledger.append(ledger, tag);
          }
        }
        public void defer(dev.lastly.JobContext job, Path ledger, String tag) {
          //FRONT
          job.defer(Program::named, ledger, "named");
          job.defer(Nested::method, ledger, "nested");
          job.defer(Ledger::append, ledger, "java");
          job.defer((file, text) -> Ledger.append(file, text), ledger, "lambda");
          job.defer(() -> Ledger.append(ledger, "captures"));
          record Local(Path file) {
            void append(String text) throws IOException { Ledger.append(file, text); }
          }
          job.defer(Local::append, new Local(ledger), "local");
          job.defer(dev.lastly.DeferredFunction.of(Ledger.class, "append", ledger, "by-name"));
          job.defer(Local::append, new Local(ledger), "data");
        }
      }
      """;

  private static final String JAVA_FRONT =
      """
      record Local(Path file) {
        void append(String text) throws IOException { Ledger.append(file, "WRONG"); }
      }
      if (tag.isEmpty()) {
        job.defer((file, text) -> Ledger.append(file, "WRONG"), ledger, "");
        job.defer(() -> Ledger.append(ledger, "WRONG"));
        job.defer(Local::append, new Local(ledger), "local");
      }
      second(job, ledger);
      } static void second(dev.lastly.JobContext job, Path ledger) {
      """;

  private static final String KOTLIN =
      """
      package release
      import dev.lastly.support.Ledger
      import java.nio.file.Path
      fun named(ledger: Path, tag: String) { Ledger.append(ledger, tag) }
      @JvmRecord data class Entry(val ledger: Path, val tag: String)
      data class Plain(val entries: List<Entry>) // compiled with -java-parameters
      object Nested {
        fun method(ledger: Path, tag: String) { Ledger.append(ledger, tag) }
        @JvmStatic fun plain(plain: Plain) { plain.entries.forEach { append(it) } }
        private fun append(entry: Entry) { Ledger.append(entry.ledger, entry.tag) }
      }
      class Program : dev.lastly.support.Worker.Plugin {
        override fun defer(job: dev.lastly.JobContext, ledger: Path, tag: String) {
          //FRONT
          fun local(file: Path, text: String) { Ledger.append(file, text) }
          job.defer(::named, ledger, "named")
          // Nested::method would hold the object, which cannot be stored
          job.defer({ file, text -> Nested.method(file, text) }, ledger, "nested")
          job.defer(Ledger::append, ledger, "java")
          job.defer({ file: Path, text: String -> Ledger.append(file, text) }, ledger, "lambda")
          val entry = Entry(ledger, "captures")
          job.defer({ Ledger.append(entry.ledger, entry.tag) })
          job.defer(::local, ledger, "local")
          job.defer(dev.lastly.DeferredFunction.of(Ledger::class.java, "append", ledger, "by-name"))
          job.defer(dev.lastly.DeferredFunction.of(
            Nested::class.java, "plain", Plain(listOf(Entry(ledger, "data")))))
        }
      }
      """;

  private static final String KOTLIN_FRONT =
      """
      if (tag.isEmpty()) {
        fun local(file: Path, text: String) { Ledger.append(file, "WRONG") }
        job.defer({ file: Path, text: String -> Ledger.append(file, "WRONG") }, ledger, "")
        job.defer({ Ledger.append(ledger, "WRONG") })
        job.defer(::local, ledger, "local")
      }
      """;

  private static final String SCALA =
      """
      package release
      import dev.lastly.support.Ledger
      import java.nio.file.Path
      enum Kind extends java.lang.Enum[Kind] { case Small, Large }
      object Nested {
        def method(ledger: Path, tag: String): Unit = Ledger.append(ledger, tag)
        def data(ledger: Path, kind: Kind): Unit =
          Ledger.append(ledger, if (kind == Kind.Large) "data" else "WRONG")
      }
      object Program { def named(ledger: Path, tag: String): Unit = Ledger.append(ledger, tag) }
      class Program extends dev.lastly.support.Worker.Plugin {
        override def defer(job: dev.lastly.JobContext, ledger: Path, tag: String): Unit = {
          //FRONT
          def local(file: Path, text: String): Unit = Ledger.append(file, text)
          job.defer(Program.named(_, _), ledger, "named")
          job.defer(Nested.method(_, _), ledger, "nested")
          job.defer(Ledger.append(_, _), ledger, "java")
          job.defer((file: Path, text: String) => Ledger.append(file, text), ledger, "lambda")
          val kind = Kind.Large
          job.defer(() => Ledger.append(ledger, if (kind == Kind.Large) "captures" else "WRONG"))
          job.defer(local(_, _), ledger, "local")
          job.defer(dev.lastly.DeferredFunction.of(classOf[Ledger], "append", ledger, "by-name"))
          job.defer(dev.lastly.DeferredFunction.of(
            Class.forName("release.Nested"), "data", ledger, Kind.Large))
        }
      }
      """;

  private static final String SCALA_FRONT =
      """
      if (tag.isEmpty) {
        def local(file: Path, text: String): Unit = Ledger.append(file, "WRONG")
        job.defer((file: Path, text: String) => Ledger.append(file, "WRONG"), ledger, "")
        job.defer(() => Ledger.append(ledger, "WRONG"))
        job.defer(local(_, _), ledger, "local")
      }
      """;

  private static final Path OTHER_LANGUAGES =
      Path.of(System.getProperty("lastly.basedir", ""), "src/tests/test/other-languages");

  private static final List<String> ALL =
      List.of("by-name", "captures", "data", "java", "lambda", "local", "named", "nested");

  /** What a refusal says to write instead, for each form of the page. */
  private static final Map<String, String> INSTEAD =
      Map.ofEntries(
          Map.entry("function of an `object` without `@JvmStatic`", "with @JvmStatic"),
          Map.entry(
              "reference to a function of an `object`, such as `Cleanups::release`",
              "with @JvmStatic, or defer a lambda that calls it"),
          Map.entry(
              "function that takes a value class, without `@JvmName`", "@JvmName(\"mangled\")"),
          Map.entry(
              "`data class` without `@JvmRecord` as an argument",
              "with @JvmRecord, or compile it with -java-parameters"),
          Map.entry("`suspend` function", "calls it in runBlocking"),
          Map.entry(
              "method of an `object`, by `classOf[Alone.type]`",
              "Class.forName(\"dev.lastly.example.Alone\")"),
          Map.entry("`case class` as an argument", "or a collection, Optional or record of Java"),
          Map.entry("Scala's `List` as an argument", "or a collection, Optional or record of Java"),
          Map.entry("`Option` as an argument", "or a collection, Optional or record of Java"),
          Map.entry(
              "`enum` that does not extend `java.lang.Enum` as an argument",
              "an enum that extends java.lang.Enum"),
          Map.entry("method without the arguments that have defaults", "pass all arguments"));

  @TempDir private Path base;

  private interface Compiler {
    void compile(Path source, Path classes) throws Exception;
  }

  @Test
  void javac_references_surviveARedeployAndLambdasWait() throws Exception {
    releases("java", JAVA, JAVA_FRONT, CompilersTest::javac);
    assertThat(runBySecondRelease(List.of())).containsExactly("by-name", "java", "named", "nested");
    assertThat(names())
        .contains("Program::named", "Program.Nested::method", "Ledger::append", "Program::lambda");
  }

  @Test
  void kotlinc_ofAnotherReleaseOnlyWhatIsNamedRuns() throws Exception {
    List<Path> jars = jars("kotlin");
    try (URLClassLoader loader = loader(jars)) {
      releases("kt", KOTLIN, KOTLIN_FRONT, kotlinc(loader, jars, "-java-parameters"));
    }
    assertThat(runBySecondRelease(jars)).containsExactly("by-name", "data");
    assertThat(names()).contains("Program::defer$named", "Program::lambda");
  }

  @Test
  void kotlinc_formsOfThePage_areAcceptedAndRefused() throws Exception {
    List<Path> jars = jars("kotlin");
    try (URLClassLoader loader = loader(jars)) {
      assertForms("Cleanups.kt", jars, kotlinc(loader, jars));
    }
  }

  private static Compiler kotlinc(ClassLoader loader, List<Path> jars, String... more)
      throws Exception {
    Class<?> type = loader.loadClass("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler");
    return (source, classes) -> {
      Object code =
          type.getMethod("exec", PrintStream.class, String[].class)
              .invoke(
                  type.getConstructor().newInstance(),
                  System.err,
                  Stream.concat(
                          Stream.of(more),
                          Stream.of(
                              "-no-stdlib",
                              "-no-reflect",
                              "-nowarn",
                              "-jvm-target",
                              "17",
                              "-cp",
                              classPath(jars),
                              "-d",
                              classes.toString(),
                              source.toString()))
                      .toArray(String[]::new));
      assertThat(code).hasToString("OK");
    };
  }

  @Test
  void scalac_ofAnotherReleaseOnlyWhatIsNamedRuns() throws Exception {
    List<Path> jars = jars("scala");
    try (URLClassLoader loader = loader(jars)) {
      releases("scala", SCALA, SCALA_FRONT, scalac(loader, jars));
    }
    assertThat(runBySecondRelease(jars)).containsExactly("by-name", "data");
    assertThat(names()).contains("Program::lambda");
  }

  @Test
  void scalac_formsOfThePage_areAcceptedAndRefused() throws Exception {
    List<Path> jars = jars("scala");
    try (URLClassLoader loader = loader(jars)) {
      assertForms("Cleanups.scala", jars, scalac(loader, jars));
    }
  }

  private static Compiler scalac(ClassLoader loader, List<Path> jars) throws Exception {
    Class<?> type = loader.loadClass("dotty.tools.dotc.Main");
    return (source, classes) -> {
      Object reporter =
          type.getMethod("process", String[].class)
              .invoke(
                  null,
                  (Object)
                      new String[] {
                        "-classpath", classPath(jars), "-d", classes.toString(), source.toString()
                      });
      Object errors = reporter.getClass().getMethod("hasErrors").invoke(reporter);
      assertThat(errors).isEqualTo(false);
    };
  }

  /**
   * A file beside this one has a class of what is accepted, which another process then runs, and
   * one of what is refused.
   */
  private void assertForms(String source, List<Path> jars, Compiler compiler) throws Exception {
    Path classes = Files.createDirectories(base.resolve("releases").resolve("forms"));
    compiler.compile(OTHER_LANGUAGES.resolve(source), classes);
    Path refused = base.resolve("refused");
    try (WorkerProcess first = worker("forms", jars);
        WorkerProcess second = worker("forms", jars)) {
      first.call("open m " + base + " reap=0");
      first.call("job m j");
      first.call("plugin j %s %s forms".formatted(Forms.class.getName(), refused));
      first.kill();
      second.call("open m " + base + " reap=0");
      second.call("reap m");
    }
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT DISTINCT state, attempts FROM deferred_function"))
          .containsExactly("done|1");
    }
    List<String> lines = Files.readAllLines(refused);
    assertThat(lines).isNotEmpty();
    for (String line : lines) {
      String form = line.substring(0, line.indexOf(" => "));
      assertThat(line).contains(Objects.requireNonNull(INSTEAD.get(form), form));
    }
  }

  /** Defers what is accepted, and writes a line for each form that is refused. */
  public static final class Forms implements Worker.Plugin {
    @Override
    public void defer(JobContext job, Path refused, String tag) {
      List<String> lines = new ArrayList<>();
      try {
        for (Map.Entry<?, ?> form : forms("Accepted").entrySet()) {
          job.defer(function(form));
        }
        for (Map.Entry<?, ?> form : forms("Refused").entrySet()) {
          lines.add(form.getKey() + " => " + refusal(form));
        }
        Files.write(refused, lines);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    private static String refusal(Map.Entry<?, ?> form) throws Exception {
      try {
        return "accepted as " + function(form);
      } catch (FunctionRefusedException e) {
        return e.toString();
      }
    }
  }

  private static Map<?, ?> forms(String type) throws Exception {
    Class<?> made = Class.forName("dev.lastly.example." + type);
    Map<?, ?> forms = (Map<?, ?>) ((Supplier<?>) made.getConstructor().newInstance()).get();
    assertThat(forms).isNotEmpty();
    return forms;
  }

  private static DeferredFunction function(Map.Entry<?, ?> form) throws Exception {
    return (DeferredFunction) ((Callable<?>) form.getValue()).call();
  }

  private void releases(String suffix, String program, String front, Compiler compiler)
      throws Exception {
    for (String release : List.of("one", "two")) {
      Path source = base.resolve("source-" + release).resolve("Program." + suffix);
      Files.createDirectories(source.getParent());
      Files.writeString(source, program.replace("//FRONT", release.equals("one") ? "" : front));
      Path classes = Files.createDirectories(base.resolve("releases").resolve(release));
      compiler.compile(source, classes);
    }
  }

  /**
   * Release one registers and is killed, release two reaps, then release one again.
   *
   * @return what release two has run
   */
  private List<String> runBySecondRelease(List<Path> libraries) throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess first = worker("one", libraries);
        WorkerProcess second = worker("two", libraries);
        WorkerProcess again = worker("one", libraries)) {
      first.call("open m " + base + " reap=0");
      first.call("job m j");
      first.call("plugin j release.Program %s tag".formatted(ledger.file()));
      first.kill();
      second.call("open m " + base + " reap=0");
      second.call("reap m");
      List<String> run = ledger.tags().stream().sorted().toList();
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT DISTINCT attempts FROM deferred_function WHERE state != 'done'"))
            .isSubsetOf("0");
      }
      again.call("open m " + base + " reap=0");
      again.call("reap m");
      assertThat(ledger.tags()).as("all, once each").containsExactlyInAnyOrderElementsOf(ALL);
      return run;
    }
  }

  private WorkerProcess worker(String release, List<Path> libraries) throws Exception {
    WorkerProcess.Launcher launcher =
        WorkerProcess.launcher().classes(base.resolve("releases").resolve(release));
    libraries(libraries).forEach(launcher::classes);
    return launcher.start();
  }

  /** What compiled programs need of a compiler's jars. */
  private static List<Path> libraries(List<Path> jars) {
    return jars.stream()
        .filter(jar -> jar.getFileName().toString().matches("(kotlin-stdlib|scala.*library).*"))
        .toList();
  }

  private List<String> names() throws Exception {
    try (Database db = Database.read(base)) {
      return db.rows("SELECT name FROM function_call ORDER BY id");
    }
  }

  private static void javac(Path source, Path classes) {
    int result =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                System.err,
                System.err,
                "-proc:none",
                "-cp",
                classPath(List.of()),
                "-d",
                classes.toString(),
                source.toString());
    assertThat(result).isZero();
  }

  /** Where the build has put a compiler. */
  private static List<Path> jars(String compiler) throws IOException {
    Path build =
        Path.of(CompilersTest.class.getProtectionDomain().getCodeSource().getLocation().getPath())
            .resolveSibling("compilers");
    try (Stream<Path> jars = Files.list(build.resolve(compiler))) {
      return jars.sorted().toList();
    }
  }

  private static URLClassLoader loader(List<Path> jars) throws IOException {
    List<URL> urls = new ArrayList<>();
    for (Path jar : jars) {
      urls.add(jar.toUri().toURL());
    }
    return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  private static String classPath(List<Path> more) {
    return Stream.concat(
            more.stream().map(Path::toString),
            Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
