package dev.lastly.support;

import dev.lastly.cleanup.Cleanup;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The class path of child JVMs, and an archive of it (class data sharing), because a JVM that lives
 * for a second spends most of it on loading and verifying classes. An archive can hold only jars,
 * so the directories of this build are put into jars first. Both are made once per build, next to
 * its classes.
 *
 * @param classPath jars only, those of the libraries first
 * @param archive for {@code -XX:SharedArchiveFile}; with one that does not fit, a JVM does the same
 *     and takes longer
 */
record ChildClasses(String classPath, Path archive) {
  private static final int PATIENCE_SECONDS = 300; // of a machine that is busy

  private static @Nullable ChildClasses current;

  /** Of this build. */
  static synchronized ChildClasses current() {
    ChildClasses known = current;
    if (known == null) {
      try {
        known = make();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot make an archive of classes", e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      current = known;
    }
    return known;
  }

  /** The libraries, then some directories, then this build's: a path without an archive. */
  static String withDirectories(List<Path> directories) {
    Stream<String> more = directories.stream().map(Path::toString);
    return path(Stream.of(own(true), more, own(false)).flatMap(entries -> entries));
  }

  private static Stream<String> own(boolean jars) {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith(".jar") == jars);
  }

  private static String path(Stream<String> entries) {
    return entries.collect(Collectors.joining(File.pathSeparator));
  }

  private static ChildClasses make() throws IOException, InterruptedException {
    URL classes = ChildClasses.class.getProtectionDomain().getCodeSource().getLocation();
    Path build = Path.of(URI.create(classes.toString())).toAbsolutePath().resolveSibling("");
    Path root = Path.of(System.getProperty("lastly.basedir", "")).toAbsolutePath();
    List<Path> directories =
        own(false).map(entry -> Path.of(entry).toAbsolutePath()).filter(Files::exists).toList();
    List<Path> ours = own(true).map(Path::of).filter(jar -> jar.startsWith(root)).toList();
    long version = 31L * path(own(true)).hashCode() + fingerprint(directories) + fingerprint(ours);
    String prefix = "children-" + Runtime.version().feature() + "-";
    Path place = build.resolve("%s%016x".formatted(prefix, version));
    if (!Files.exists(place)) {
      deleteOld(build, prefix);
      bundle(directories, build, place);
    }
    Stream<String> bundles = directories.stream().map(d -> jar(place, d).toString());
    String classPath = path(Stream.concat(own(true), bundles));
    Path archive = place.resolve("archive.jsa");
    if (!Files.exists(archive)) {
      Path work = Files.createTempDirectory(build, "archive");
      Files.move(dump(classPath, directories, work), archive, StandardCopyOption.ATOMIC_MOVE);
      Cleanup.deleteTree(work);
    }
    return new ChildClasses(classPath, archive);
  }

  /** Another number if any file is another, as far as sizes and times tell. */
  private static long fingerprint(List<Path> places) throws IOException {
    long sum = 0;
    for (Path place : places) {
      for (Path file : files(place)) {
        BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
        sum = 31 * sum + file.hashCode();
        sum = 31 * sum + is.size();
        sum = 31 * sum + is.lastModifiedTime().toMillis();
      }
    }
    return sum;
  }

  private static List<Path> files(Path place) throws IOException {
    try (Stream<Path> all = Files.walk(place)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** Those of earlier builds: each is some 35 MB. */
  private static void deleteOld(Path build, String prefix)
      throws IOException, InterruptedException {
    try (Stream<Path> all = Files.list(build)) {
      for (Path old : all.filter(p -> p.getFileName().toString().startsWith(prefix)).toList()) {
        Cleanup.deleteTree(old);
      }
    }
  }

  /** Directories of several modules have one name. */
  private static Path jar(Path place, Path directory) {
    return place.resolve("%s-%08x.jar".formatted(directory.getFileName(), directory.hashCode()));
  }

  private static void bundle(List<Path> directories, Path build, Path place)
      throws IOException, InterruptedException {
    Path work = Files.createTempDirectory(build, "children");
    ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
    for (Path directory : directories) {
      String jar = jar(work, directory).toString();
      if (tool.run(System.err, System.err, "cf", jar, "-C", directory.toString(), ".") != 0) {
        throw new IOException("cannot put " + directory + " into " + jar);
      }
    }
    try {
      Files.move(work, place, StandardCopyOption.ATOMIC_MOVE); // archives know where their jars lie
    } catch (FileSystemException e) {
      if (!Files.exists(place)) {
        throw e;
      }
      Cleanup.deleteTree(work); // another JVM was faster
    }
  }

  /** Archives what a worker loads in its life, and all classes of this build. */
  private static Path dump(String classPath, List<Path> directories, Path work)
      throws IOException, InterruptedException {
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
    List<String> worker = new ArrayList<>(List.of(ChildJvm.JAVA));
    worker.addAll(ChildJvm.OPTIONS);
    worker.addAll(List.of("-XX:DumpLoadedClassList=" + list, "-cp", classPath));
    worker.add(Worker.class.getName());
    run(new ProcessBuilder(worker).redirectInput(life.toFile()), work.resolve("worker"));
    Files.write(list, names(directories), StandardOpenOption.APPEND);
    Path made = work.resolve("archive");
    run(
        new ProcessBuilder(
            ChildJvm.JAVA,
            "-Xshare:dump",
            "-XX:+UseG1GC", // only then objects are archived, too
            "-XX:SharedClassListFile=" + list,
            "-XX:SharedArchiveFile=" + made,
            "-cp",
            classPath),
        work.resolve("dump"));
    return made;
  }

  private static List<String> names(List<Path> directories) throws IOException {
    List<String> names = new ArrayList<>();
    for (Path directory : directories) {
      for (Path file : files(directory)) {
        String name = directory.relativize(file).toString();
        if (name.endsWith(".class") && !name.endsWith("-info.class")) {
          names.add(name.substring(0, name.length() - ".class".length()));
        }
      }
    }
    return names;
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
