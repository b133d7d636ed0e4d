package dev.lastly.guardian;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;

/** Classes that are compiled by a test, and so on no class path but one that names them. */
final class OtherClasses {
  /** A plugin of workers. */
  static final String NAME = "other.Other";

  /** A program: opens a manager with a guardian, registers the deletion of a file, and waits. */
  static final String PROGRAM = "other.Program";

  private static final String OTHER =
      """
      package other;
      public class Other implements dev.lastly.support.Worker.Plugin {
        public static void run(java.nio.file.Path ledger, String tag) throws java.io.IOException {
          dev.lastly.support.Ledger.append(ledger, tag);
        }
        @Override
        public void defer(dev.lastly.JobContext job, java.nio.file.Path ledger, String tag) {
          job.defer(Other::run, ledger, tag);
        }
      }
      """;

  private static final String PROGRAM_SOURCE =
      """
      package other;

      import dev.lastly.DeferredFunctionManager;
      import dev.lastly.model.Guardian;
      import dev.lastly.model.Settings;
      import java.nio.file.Files;
      import java.nio.file.Path;

      public final class Program {
        static void delete(Path file, String property) throws Exception {
          Files.writeString(
              file.resolveSibling("seen"),
              System.getProperty(property)
                  + "|" + System.getenv("OF_THE_WORKER")
                  + "|" + Path.of("").toAbsolutePath()
                  + "|" + System.getProperty("file.encoding"));
          Files.delete(file);
        }

        public static void main(String[] args) throws Exception {
          Path base = Path.of(args[0]);
          Path file = Files.createFile(base.resolve("file"));
          Settings settings = Settings.builder().guardian(Guardian.sameClassPath()).build();
          DeferredFunctionManager.open(base, settings).openJob("j").defer(Program::delete, file, "of.the.worker");
          System.out.println("ready");
          Thread.sleep(600_000);
        }
      }
      """;

  private OtherClasses() {}

  /** Compiles both. */
  static Path compile(Path classes) throws Exception {
    Path sources = Files.createDirectories(classes.resolveSibling("sources/other"));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                Files.createDirectories(classes).toString()));
    arguments.add(Files.writeString(sources.resolve("Other.java"), OTHER).toString());
    arguments.add(Files.writeString(sources.resolve("Program.java"), PROGRAM_SOURCE).toString());
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertThat(result).isZero();
    return classes;
  }
}
