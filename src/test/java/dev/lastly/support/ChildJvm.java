package dev.lastly.support;

import dev.lastly.cleanup.Cleanup;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How the tests start JVMs: small, and soon there. There are hundreds of them, and most of what one
 * costs is the loading of classes of the JDK and of our libraries. So these are put into an archive
 * (class data sharing), once for each build. With an archive that does not fit a JVM does the same,
 * and takes a third longer.
 */
public final class ChildJvm {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private static final List<String> OPTIONS =
      List.of(
          "-Xmx64m",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-XX:-UsePerfData", // its file would be left behind by each kill
          "-Xlog:disable",
          "-Xlog:all=warning:stderr", // standard output is for what the programs say
          "-Dorg.slf4j.simpleLogger.logFile=System.err",
          "-Djava.util.logging.config.file=/dev/null");
  private static final int PATIENCE_SECONDS = 300; // of a machine that is busy

  private static @Nullable Path archive;

  private ChildJvm() {}

  /**
   * The command up to the main class.
   *
   * @param options more options of the JVM; the later of two wins
   */
  public static List<String> command(String... options) {
    return command(List.of(options), List.of());
  }

  /**
   * The command up to the main class.
   *
   * @param options more options of the JVM; the later of two wins
   * @param classes more directories with classes, which come before those of this build
   */
  public static List<String> command(List<String> options, List<Path> classes) {
    List<String> command = new ArrayList<>(List.of(JAVA));
    command.addAll(OPTIONS);
    command.add("-XX:SharedArchiveFile=" + archive());
    command.addAll(options);
    Stream<String> directories = Stream.concat(classes.stream().map(Path::toString), own(false));
    // Jars first: an archive is of the beginning of a class path, and must not have directories.
    command.addAll(List.of("-cp", classPath(Stream.concat(own(true), directories))));
    return command;
  }

  private static Stream<String> own(boolean jars) {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith(".jar") == jars);
  }

  private static String classPath(Stream<String> entries) {
    return entries.collect(Collectors.joining(File.pathSeparator));
  }

  private static synchronized Path archive() {
    Path known = archive;
    if (known == null) {
      known = archiveOf(classPath(own(true)));
      archive = known;
    }
    return known;
  }

  private static Path archiveOf(String jars) {
    try {
      URL classes = ChildJvm.class.getProtectionDomain().getCodeSource().getLocation();
      Path build = Path.of(URI.create(classes.toString())).toAbsolutePath().resolveSibling("");
      String name = "children-%d-%08x.jsa".formatted(Runtime.version().feature(), jars.hashCode());
      Path made = build.resolve(name);
      if (!Files.exists(made)) {
        Path work = Files.createTempDirectory(build, "archive");
        Files.move(dump(jars, work), made, StandardCopyOption.ATOMIC_MOVE);
        Cleanup.deleteTree(work);
      }
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make an archive of classes", e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lists what a worker loads in its life, then archives that. */
  private static Path dump(String jars, Path work) throws IOException, InterruptedException {
    Path life =
        Files.writeString(
            work.resolve("life"),
            """
            open w %1$s/base reap=0
            job w j
            defer j log %1$s/ledger a
            defer j fail %1$s/ledger b
            defer j log %1$s/ledger c
            cancel c
            end j
            reap w
            close w
            """
                .formatted(work));
    Path list = work.resolve("list");
    List<String> worker = new ArrayList<>(List.of(JAVA));
    worker.addAll(OPTIONS);
    worker.add("-XX:DumpLoadedClassList=" + list);
    worker.addAll(List.of("-cp", classPath(Stream.concat(own(true), own(false)))));
    worker.add(Worker.class.getName());
    run(new ProcessBuilder(worker).redirectInput(life.toFile()), work.resolve("worker"));
    Path made = work.resolve("archive");
    run(
        new ProcessBuilder(
            JAVA,
            "-Xshare:dump",
            "-XX:+UseG1GC", // only then objects are archived, too
            "-XX:SharedClassListFile=" + list,
            "-XX:SharedArchiveFile=" + made,
            "-cp",
            jars),
        work.resolve("dump"));
    return made;
  }

  private static void run(ProcessBuilder program, Path output)
      throws IOException, InterruptedException {
    program.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = program.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(program.command() + ": " + Files.readString(output));
    }
  }
}
