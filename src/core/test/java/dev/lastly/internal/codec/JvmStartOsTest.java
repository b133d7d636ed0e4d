package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs root, unshare(1) and mount(8). */
@Tag("os")
final class JvmStartOsTest {
  @TempDir Path directory;

  /** The process: says how long before the JVM was ready it started. */
  static final class Probe {
    private Probe() {}

    /** Without arguments. */
    public static void main(String[] args) throws IOException {
      long ready = ManagementFactory.getRuntimeMXBean().getStartTime();
      System.out.println(ready - JvmStart.get().toEpochMilli());
    }
  }

  /** Else each class file that was exchanged since would be taken for the one that was loaded. */
  @Test
  void start_uptimeIsThatOfAContainer_isThatOfTheProcess() throws Exception {
    Path uptime = Files.writeString(directory.resolve("uptime"), "5.00 5.00\n");
    Process process =
        new ProcessBuilder(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount --bind \"$1\" /proc/uptime && shift && exec \"$@\"",
                "sh",
                uptime.toString(),
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Probe.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(Long.parseLong(said.strip())).isBetween(-1L, 10_000L);
  }
}
