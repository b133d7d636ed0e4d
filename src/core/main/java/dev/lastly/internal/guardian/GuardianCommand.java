package dev.lastly.internal.guardian;

import dev.lastly.model.Guardian;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The command that starts a JVM with the classes of this one. Immutable.
 *
 * <p>Taken over are the system properties of the command line and the options of modules, because
 * functions may depend on them. Memory, debugger, agents and remote management are not: they are
 * for the worker, and a second process could not even listen on the same port.
 */
final class GuardianCommand {
  private static final String MAIN = GuardianProcess.class.getName();

  /**
   * What keeps a JVM small. The compiler stays, because without it a function takes twice as long
   * to begin. The archive of the JDK's classes stays away, because it is resident as a whole once
   * it is relocated.
   */
  private static final List<String> SMALL =
      List.of(
          "-Xms2m",
          "-Xmn1m",
          "-Xmx24m",
          "-XX:MinHeapFreeRatio=10",
          "-XX:MaxHeapFreeRatio=20",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:CompileThresholdScaling=8", // it runs too little for most of what would be compiled
          "-XX:StringTableSize=4096", // of texts that the JVM shares; 64 Ki places by default
          "-XX:ReservedCodeCacheSize=16m",
          "-Xss512k",
          "-Xshare:off",
          "-XX:-UsePerfData", // in another pid namespace its file may be another process's
          "-XX:+IgnoreUnrecognizedVMOptions"); // of JVMs other than HotSpot

  /** Of glibc: one arena of memory for all threads, where each would keep some for itself. */
  private static final String ARENAS = "MALLOC_ARENA_MAX";

  /** Properties that are the worker's alone, by the beginning of their options. */
  private static final List<String> NOT_TAKEN =
      List.of("-Dcom.sun.management.", "-Djava.class.path=", "-Dloader.main=", "--module-path");

  /** Variables with options of the JVM, which are among its input arguments already. */
  private static final Set<String> OPTION_VARIABLES =
      Set.of(
          "JAVA_TOOL_OPTIONS",
          "JDK_JAVA_OPTIONS",
          "_JAVA_OPTIONS",
          "OPENJ9_JAVA_OPTIONS",
          "IBM_JAVA_OPTIONS");

  /** Of Boot 3.2 and newer, and of older ones. Each executable jar has one of them. */
  private static final List<String> BOOT_LAUNCHERS =
      List.of(
          "org.springframework.boot.loader.launch.PropertiesLauncher",
          "org.springframework.boot.loader.PropertiesLauncher");

  private static final String BOOT_LOADERS = "org.springframework.boot.loader.";

  private final List<String> arguments;

  private GuardianCommand(List<String> arguments) {
    this.arguments = List.copyOf(arguments);
  }

  /**
   * The command for this JVM.
   *
   * @param guardian with options of the user's
   * @param loader where this process finds the classes of stored functions
   * @throws IllegalArgumentException if no command line gives another JVM the classes of that
   *     loader
   */
  static GuardianCommand of(Guardian guardian, ClassLoader loader) {
    List<String> arguments = new ArrayList<>(List.of("setsid", java().toString()));
    arguments.addAll(SMALL);
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(GuardianCommand::isTaken)
        .forEach(arguments::add);
    arguments.addAll(guardian.jvmOptions());
    arguments.addAll(classes(loader));
    return new GuardianCommand(arguments);
  }

  private static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  private static boolean isTaken(String option) {
    boolean wanted =
        option.startsWith("-D")
            || option.startsWith("--")
            || option.startsWith("-Xbootclasspath/a:");
    return wanted && NOT_TAKEN.stream().noneMatch(option::startsWith);
  }

  private static List<String> classes(ClassLoader loader) {
    Module module = GuardianCommand.class.getModule();
    List<String> classPath = new ArrayList<>();
    ClassLoader system = ClassLoader.getSystemClassLoader();
    boolean boot = false;
    for (@Nullable ClassLoader next = loader; isAbove(next, system); next = next.getParent()) {
      boot |= next.getClass().getName().startsWith(BOOT_LOADERS);
      if (!boot) {
        classPath.addAll(files(next));
      }
    }
    classPath.addAll(absolute(System.getProperty("java.class.path", "")));
    List<String> arguments = new ArrayList<>();
    String modules = System.getProperty("jdk.module.path", "");
    if (!modules.isEmpty()) {
      arguments.addAll(List.of("-p", joined(absolute(modules))));
    }
    if (!classPath.isEmpty()) {
      arguments.addAll(List.of("-cp", joined(classPath)));
    }
    String application = System.getProperty("jdk.module.main", "");
    if (!application.isEmpty()) {
      arguments.addAll(List.of("--add-modules", application));
    }
    if (boot) {
      arguments.addAll(List.of("-Dloader.main=" + MAIN, bootLauncher(system)));
    } else if (module.isNamed()) {
      arguments.addAll(List.of("-m", module.getName() + "/" + MAIN));
    } else {
      arguments.add(MAIN);
    }
    return arguments;
  }

  /** Whether a loader has classes that the class path and the module path do not have. */
  private static boolean isAbove(@Nullable ClassLoader loader, ClassLoader system) {
    return loader != null && loader != system && loader != ClassLoader.getPlatformClassLoader();
  }

  /** The directories and jars of a loader that has nothing else. */
  private static List<String> files(ClassLoader loader) {
    if (loader instanceof URLClassLoader files) {
      List<String> paths = new ArrayList<>();
      for (URL url : files.getURLs()) {
        paths.add(file(url, loader));
      }
      return paths;
    }
    throw refused(loader, "it is not known where it finds its classes");
  }

  private static String file(URL url, ClassLoader loader) {
    try {
      URI uri = url.toURI();
      if ("file".equals(uri.getScheme())) {
        return Path.of(uri).toString();
      }
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw refused(loader, "one of its places is " + url + ": " + e.getMessage());
    }
    throw refused(loader, "one of its places is " + url + ", which no class path can have");
  }

  private static IllegalArgumentException refused(ClassLoader loader, String why) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Guardian.sameClassPath cannot give another JVM the classes of %s, where this manager"
                + " looks for functions: %s. Leave out the guardian and start a reaper with those"
                + " classes (lastly reap --watch --class-path …), or give Settings.classLoader a"
                + " loader of directories and jars",
            loader,
            why));
  }

  private static String bootLauncher(ClassLoader system) {
    for (String launcher : BOOT_LAUNCHERS) {
      if (system.getResource(launcher.replace('.', '/') + ".class") != null) {
        return launcher;
      }
    }
    throw new IllegalArgumentException(
        "Guardian.sameClassPath needs Spring Boot's PropertiesLauncher to start another JVM from"
            + " this executable jar, and the jar does not have it; found none of "
            + BOOT_LAUNCHERS
            + ". Build the jar with Boot's own plugin");
  }

  /** A relative entry means the directory in which this JVM started. */
  private static List<String> absolute(String path) {
    return path.isEmpty()
        ? List.of()
        : Arrays.stream(path.split(File.pathSeparator, -1))
            .map(entry -> new File(entry).getAbsolutePath())
            .toList();
  }

  private static String joined(List<String> path) {
    return path.stream().distinct().collect(Collectors.joining(File.pathSeparator));
  }

  /**
   * Ready to start: with this process's environment and directory, and pipes for standard streams.
   *
   * @throws IOException if there is no such JVM
   */
  ProcessBuilder builder() throws IOException {
    if (!Files.isExecutable(java())) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "there is no program %s: this JVM's own java is needed. Was it removed or replaced"
                  + " since this process started, or stripped from a runtime image?",
              java()));
    }
    ProcessBuilder builder = new ProcessBuilder(arguments);
    builder.environment().keySet().removeAll(OPTION_VARIABLES);
    builder.environment().putIfAbsent(ARENAS, "1");
    if (!Files.isDirectory(Path.of("/proc/self/cwd/"))) {
      builder.directory(new File("/")); // a JVM does not start in a directory that is gone
    }
    return builder;
  }

  @Override
  public String toString() {
    return String.join(" ", Objects.requireNonNull(arguments));
  }
}
