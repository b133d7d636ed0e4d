package dev.lastly.bench.report;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The machine on which the figures were measured, and the time. */
public final class Machine {
  private static final Pattern COMPARED =
      Pattern.compile(
          "(sqlite-jdbc|jmh-core|db-scheduler|jobrunr|quartz|transactionoutbox-core|h2|postgresql)-.*");

  private Machine() {}

  /** Each fact with its name. */
  public static Map<String, String> describe(Path data) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
    facts.put(
        "processor",
        String.format(
            Locale.ROOT,
            "%s, %d hardware threads",
            field(Path.of("/proc/cpuinfo"), "model name"),
            Runtime.getRuntime().availableProcessors()));
    facts.put("memory", field(Path.of("/proc/meminfo"), "MemTotal"));
    facts.put(
        "kernel", String.format(Locale.ROOT, "%s %s", property("os.name"), property("os.version")));
    facts.put(
        "JDK",
        String.format(
            Locale.ROOT, "%s, %s", property("java.vendor"), property("java.runtime.version")));
    FileStore store = Files.getFileStore(data);
    facts.put("file system", store.type());
    facts.put("load before the run", load());
    facts.put("versions", versions());
    return facts;
  }

  /** The versions of the compared tools, from the names of their jars. */
  private static String versions() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(entry -> Path.of(entry).getFileName().toString())
        .filter(jar -> COMPARED.matcher(jar).matches())
        .map(jar -> jar.substring(0, jar.length() - ".jar".length()))
        .collect(Collectors.joining(", "));
  }

  /** The load average of the last minute, loadavg(5). */
  public static String load() throws IOException {
    return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
  }

  private static String field(Path file, String name) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT)))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }
}
