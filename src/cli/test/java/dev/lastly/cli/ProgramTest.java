package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program never begins before it is let pass, and ends if the process that started it ends. */
class ProgramTest {
  @TempDir private Path temp;

  @Test
  void letPass_oneLine_isTheVariableOfTheProgram() throws Exception {
    Path file = temp.resolve("file");
    JobTicket ticket = new JobTicket(1, 2, 3, 4, 5, false, Path.of("/a b"));
    try (Program program =
        Program.start(List.of("sh", "-c", "echo $LASTLY_JOB $A > " + file), Map.of("A", "a"))) {
      assertThat(program.group().leader().pid()).isPositive();
      assertThat(file).doesNotExist();
      program.begin(ticket);
      assertThat(program.await()).isZero();
      assertThat(file).hasContent(ticket + " a");
    }
  }

  @Test
  void close_beforeItWasLetPass_itNeverBegins() throws Exception {
    Path file = temp.resolve("file");
    Program program = Program.start(List.of("touch", file.toString()), Map.of());
    program.close();
    assertThat(program.await()).isEqualTo(128 + 9);
    assertThat(file).doesNotExist();
  }

  @Test
  void start_whoStartedItIsKilled_itEnds() throws Exception {
    Path file = temp.resolve("file");
    Process starter =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Starter.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    long child = Long.parseLong(starter.inputReader().readLine());
    assertThat(Path.of("/proc/" + child)).exists();
    starter.destroyForcibly();
    assertThat(starter.waitFor(20, TimeUnit.SECONDS)).isTrue();
    Await.until("it has ended", () -> isGone(child));
    assertThat(file).doesNotExist();
  }

  private static boolean isGone(long pid) throws Exception {
    Path stat = Path.of("/proc/" + pid + "/stat");
    return !Files.exists(stat) || Files.readString(stat).contains(") Z ");
  }

  /** Starts a program and waits to be killed. */
  static final class Starter {
    private Starter() {}

    public static void main(String[] args) throws Exception {
      Program program = Program.start(List.of("touch", args[0]), Map.of());
      System.out.println(program.group().leader().pid());
      int unused = System.in.read();
    }
  }
}
