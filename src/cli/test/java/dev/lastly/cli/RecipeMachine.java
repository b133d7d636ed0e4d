package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Stands in for the machine of a recipe: a directory with the program, in which the files of {@code
 * docs/recipes} are installed and started as Slurm, a runner or systemd would start them. Closing
 * it kills what it has started.
 */
final class RecipeMachine implements AutoCloseable {
  private static final Path RECIPES =
      Path.of(System.getProperty("lastly.basedir", "")).toAbsolutePath().resolve("docs/recipes");

  private final Path root;
  private final Path program;
  private final List<Process> started = new ArrayList<>();

  private RecipeMachine(Path root, Path program) {
    this.root = root;
    this.program = program;
  }

  /** For processes of this user. */
  static RecipeMachine in(Path root) throws IOException {
    return new RecipeMachine(root, InstalledProgram.in(Files.createDirectory(root.resolve("bin"))));
  }

  /** For processes of any user. */
  static RecipeMachine openToAll(Path root) throws Exception {
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new RecipeMachine(
        root, InstalledProgram.openToAll(Files.createDirectory(root.resolve("bin"))));
  }

  /** Something on this machine. */
  Path path(String name) {
    return root.resolve(name);
  }

  /** The launcher. */
  Path program() {
    return program;
  }

  /** The search path with the program and the Java of the test. */
  String searchPath() {
    return program.getParent() + ":" + System.getProperty("java.home") + "/bin:/usr/bin:/bin";
  }

  /**
   * The text of a recipe, adapted to this machine.
   *
   * @param places what to put in place of what; all of it must occur
   */
  static String text(String recipe, Map<String, String> places) throws IOException {
    String text = Files.readString(RECIPES.resolve(recipe));
    for (Map.Entry<String, String> place : places.entrySet()) {
      assertThat(text).contains(place.getKey());
      text = text.replace(place.getKey(), place.getValue());
    }
    return text;
  }

  /** Installs a script of Slurm's, with the places of this machine. */
  Path slurm(String recipe) throws IOException {
    Map<String, String> places =
        Map.of(
            "PATH=/usr/local/bin:/usr/bin:/bin",
            "PATH=" + searchPath(),
            "/var/lib/lastly",
            path("states").toString());
    return script(recipe, text(recipe, places));
  }

  /** Installs a script. */
  Path script(String name, String text) throws IOException {
    Path script = Files.writeString(path(name), text);
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /**
   * A program for a job: works in the directory of its argument, with a child, until it is killed.
   */
  Path endlessProgram(String name) throws IOException {
    return script(
        name,
        """
        #!/bin/sh
        mkdir "$1"
        sleep 600 &
        echo $! > "$1/child.new"
        mv "$1/child.new" "$1/child"
        wait
        """);
  }

  /** Starts something, in the root of this machine, with these variables alone, by their PATH. */
  Process start(Map<String, String> environment, List<String> command) throws IOException {
    int number = started.size();
    List<String> bySearchPath = new ArrayList<>(List.of("/usr/bin/env"));
    bySearchPath.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(bySearchPath)
            .directory(root.toFile())
            .redirectOutput(path("out-" + number).toFile())
            .redirectError(path("err-" + number).toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  /** What a process has said of its failure so far. */
  String err(Process process) {
    try {
      return Files.readString(path("err-" + started.indexOf(process)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What has come of a process. */
  LastlyProcess.Result result(Process process) throws Exception {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(() -> "it ends; " + err(process)).isTrue();
    return new LastlyProcess.Result(
        process.exitValue(),
        Files.readString(path("out-" + started.indexOf(process))),
        err(process));
  }

  /** Runs something to its end. */
  LastlyProcess.Result run(Map<String, String> environment, List<String> command) throws Exception {
    return result(start(environment, command));
  }

  @Override
  public void close() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
