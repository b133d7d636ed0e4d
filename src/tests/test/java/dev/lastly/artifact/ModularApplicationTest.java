package dev.lastly.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A modular application, which exports nothing, works with {@code requires dev.lastly} and a
 * package opened to it: one process registers and halts, another one runs.
 */
class ModularApplicationTest {
  private static final Path JAVA = Path.of(System.getProperty("java.home"));

  @TempDir private Path directory;
  private Path modules = Path.of("");

  @BeforeEach
  void compile() throws Exception {
    Path sources = Files.createDirectories(directory.resolve("sources/example"));
    Files.writeString(
        sources.resolveSibling("module-info.java"),
        """
        module example {
          requires dev.lastly;

          opens example to
              dev.lastly;
        }
        """);
    Files.writeString(
        sources.resolve("Main.java"),
        """
        package example;

        import dev.lastly.DeferredFunctionManager;
        import dev.lastly.JobContext;
        import dev.lastly.model.Guardian;
        import dev.lastly.model.LastlyException;
        import dev.lastly.model.Settings;
        import java.nio.file.Files;
        import java.nio.file.Path;
        import java.util.List;

        public final class Main {
          record Scratch(Path path, List<String> names) {}

          static void remove(Scratch scratch) throws Exception {
            for (String name : scratch.names()) {
              Files.delete(scratch.path().resolve(name));
            }
          }

          public static void main(String[] args) throws Exception {
            Path base = Path.of(args[0]);
            Path a = base.resolve("a");
            Path b = base.resolve("b");
            Settings.Builder settings = Settings.builder();
            if (args[1].equals("guard")) {
              settings.guardian(Guardian.sameClassPath());
            }
            try (DeferredFunctionManager manager =
                DeferredFunctionManager.open(base, settings.build())) {
              if (!args[1].equals("reap")) {
                Files.createFile(a);
                Files.createFile(b);
                JobContext job = manager.openJob("job");
                job.defer(Main::remove, new Scratch(base, List.of("a")));
                job.defer(() -> Files.delete(b));
                try {
                  job.defer(example.closed.Hidden::run);
                } catch (LastlyException e) {
                  System.out.println(e.getMessage());
                }
                Runtime.getRuntime().halt(0);
              }
              manager.reap();
            }
            System.out.println(Files.exists(a) || Files.exists(b) ? "left" : "removed");
          }
        }
        """);
    Path closed = Files.createDirectories(sources.resolve("closed")).resolve("Hidden.java");
    Files.writeString(
        closed,
        """
        package example.closed;

        public final class Hidden {
          public static void run() {}
        }
        """);
    modules = Files.createDirectories(directory.resolve("modules"));
    tool(
        "javac",
        "--release",
        "17",
        "-d",
        modules.resolve("example").toString(),
        "-p",
        path(CoreJar.path(), CoreJar.driver(), CoreJar.logging(), CoreJar.annotations()),
        sources.resolveSibling("module-info.java").toString(),
        sources.resolve("Main.java").toString(),
        closed.toString());
  }

  private static String path(Path... entries) {
    return Stream.of(entries).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private static void tool(String name, String... arguments) {
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int status = ToolProvider.findFirst(name).orElseThrow().run(out, out, arguments);
    assertThat(status).as(said.toString()).isZero();
  }

  private void assertRunByAnother(List<String> command) throws Exception {
    assertThat(run(command, "register"))
        .contains("module example does not open example.closed to Lastly", "open the package");
    assertThat(run(command, "reap")).contains("removed");
  }

  /** The guardian has the modules of the process that has halted, and those opened to Lastly. */
  private void assertRunByItsGuardian(List<String> command) throws Exception {
    String unused = run(command, "guard");
    Path base = directory.resolve("base");
    Await.until(
        "the guardian has removed the files",
        () -> !Files.exists(base.resolve("a")) && !Files.exists(base.resolve("b")));
    Await.until(
        "the guardian has ended",
        () -> Files.readString(base.resolve("deferred/guardian.last")).contains("ended: no owner"));
  }

  private String run(List<String> command, String what) throws Exception {
    List<String> all = new ArrayList<>(command);
    all.add(Files.createDirectories(directory.resolve("base")).toString());
    all.add(what);
    Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  @Test
  void requiresOfTheCore_alone_isEnough() throws Exception {
    String path =
        path(modules, CoreJar.path(), CoreJar.driver(), CoreJar.logging(), CoreJar.annotations());
    List<String> command =
        List.of(JAVA.resolve("bin/java").toString(), "-p", path, "-m", "example/example.Main");
    assertRunByAnother(command);
    assertRunByItsGuardian(command);
  }

  @Test
  void imageOfTheModules_thatTheDescriptorNames_works() throws Exception {
    Path image = directory.resolve("image");
    tool(
        "jlink",
        "-p",
        path(modules, CoreJar.path(), CoreJar.driver(), CoreJar.logging(), CoreJar.annotations()),
        "--add-modules",
        "example",
        "--output",
        image.toString());
    List<String> command =
        List.of(image.resolve("bin/java").toString(), "-m", "example/example.Main");
    assertRunByAnother(command);
    assertRunByItsGuardian(command);
  }
}
