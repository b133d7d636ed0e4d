package dev.lastly.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The launcher in the environments of cron and the like, with each Java that is here. */
class LauncherLocaleTest {
  private static final String CRON = "env -i PATH=/usr/bin:/bin";

  @TempDir private Path temp;
  private Path launcher;

  @BeforeEach
  void install() throws Exception {
    launcher = InstalledProgram.in(temp);
  }

  static List<String> javas() throws Exception {
    List<String> javas = new ArrayList<>(List.of(System.getProperty("java.home")));
    Path others = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(others)) {
      try (Stream<Path> all = Files.list(others)) {
        all.filter(home -> home.getFileName().toString().matches(".*-(2[1-9]|[3-9]\\d)-jdk.*"))
            .forEach(home -> javas.add(home.toString()));
      }
    }
    return javas;
  }

  private ProcessBuilder shell(String java, String environment, String script) throws Exception {
    String words =
        environment
            + " HOME="
            + temp
            + " JAVA_HOME="
            + java
            + " LASTLY_STATE_DIR="
            + temp.resolve("state")
            + " sh "
            + Files.writeString(
                temp.resolve("script"), "lastly() { sh " + launcher + " \"$@\"; }\n" + script);
    return new ProcessBuilder(words.split(" ", -1)).redirectErrorStream(true);
  }

  private String run(String java, String environment, String script) throws Exception {
    Process process = shell(java, environment, script).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }

  private List<String> scratch() throws Exception {
    try (Stream<Path> all = Files.list(temp.resolve("scratch"))) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }

  private void makeDecoys() throws Exception {
    for (String name :
        new String[] {"\u00fc", "?", "??", "\ufffd", "\ufffd\ufffd", "\u00c3\u00bc"}) {
      Files.createDirectories(temp.resolve("scratch").resolve(name));
    }
  }

  @ParameterizedTest
  @MethodSource("javas")
  void runAndDefer_inCronsEnvironment_removeTheRightDirectory(String java) throws Exception {
    makeDecoys();
    Files.createDirectory(temp.resolve("scratch/\u00e4"));
    String defer = "sh " + launcher + " defer -- rm -rf " + temp + "/scratch/\u00e4";
    run(java, CRON, "lastly run --defer 'rm -rf " + temp + "/scratch/\u00fc' -- " + defer);
    assertThat(scratch())
        .containsExactlyInAnyOrder("?", "??", "\ufffd", "\ufffd\ufffd", "\u00c3\u00bc");
  }

  @ParameterizedTest
  @MethodSource("javas")
  void reap_inCronsEnvironmentAfterAKill_removesTheRightDirectory(String java) throws Exception {
    makeDecoys();
    Process worker =
        shell(
                java,
                "env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8",
                "exec sh "
                    + launcher
                    + " run --defer 'rm -rf "
                    + temp
                    + "/scratch/\u00fc' -- sh -c 'touch "
                    + temp
                    + "/on; sleep 100'")
            .start();
    try {
      Await.until("the program runs", () -> Files.exists(temp.resolve("on")));
    } finally {
      worker.destroyForcibly().waitFor();
    }
    run(java, CRON, "lastly reap");
    assertThat(scratch())
        .containsExactlyInAnyOrder("?", "??", "\ufffd", "\ufffd\ufffd", "\u00c3\u00bc");
  }

  @Test
  void children_anyLocale_haveTheUsers() throws Exception {
    Map<String, String> locales =
        Map.of(
            "", "",
            "LC_ALL=C", "LC_ALL=C",
            "LC_ALL=", "LC_ALL=",
            "LANG=de_DE.ISO-8859-1", "LANG=de_DE.ISO-8859-1",
            "LC_ALL=xx_XX.UTF-8", "LC_ALL=xx_XX.UTF-8",
            "LANG=C.UTF-8", "LANG=C.UTF-8");
    for (Map.Entry<String, String> locale : locales.entrySet()) {
      String environment = CRON + (locale.getKey().isEmpty() ? "" : " " + locale.getKey());
      String output =
          run(
              System.getProperty("java.home"),
              environment,
              "lastly run --shell --defer 'env > " + temp + "/cleanup' -- env");
      String cleanup = Files.readString(temp.resolve("cleanup"));
      for (String seen : new String[] {output, cleanup}) {
        assertThat(seen.lines().filter(line -> line.matches("(LASTLY_)?(LC_|LANG).*")))
            .as(locale.getKey())
            .containsExactlyElementsOf(
                locale.getValue().isEmpty() ? List.of() : List.of(locale.getValue()));
      }
    }
  }
}
