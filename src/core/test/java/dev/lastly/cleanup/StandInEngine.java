package dev.lastly.cleanup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A program that answers as docker or podman does, with containers that are directories. Texts and
 * exit codes are those of the real programs: docker/cli {@code cli/command/container/rm.go} and
 * moby {@code daemon/{container,kill,delete}.go}; podman {@code cmd/podman/containers/rm.go},
 * {@code libpod/container_api.go} and podman-rm(1).
 */
public record StandInEngine(Path directory, Version version) {
  /** Versions that differ in what they say, and in exit codes. */
  public enum Version {
    /** Its {@code rm -f} exits with 0 whatever happened. */
    DOCKER_17("Error: No such container: %s", 0, 0, "Error response from daemon: "),

    /** Its {@code rm -f} fails for a missing container. */
    DOCKER_19("Error: No such container: %s", 1, 1, "Error response from daemon: "),

    /** docker/cli#2678. */
    DOCKER_24("Error: No such container: %s", 0, 1, "Error response from daemon: "),

    /** The client has no error of its own any more. */
    DOCKER_29(
        "Error response from daemon: No such container: %s", 0, 1, "Error response from daemon: "),

    /** Its {@code rm -f} fails for a missing container. */
    PODMAN_3("Error: error inspecting object: no such container %s", 1, 2, "Error: "),

    /** Its {@code rm -f} implies {@code --ignore}. */
    PODMAN_5("Error: no such container %s", 0, 125, "Error: ");

    private final String none;
    private final int rmNone;
    private final int rmFails;
    private final String error;

    Version(String none, int rmNone, int rmFails, String error) {
      this.none = none;
      this.rmNone = rmNone;
      this.rmFails = rmFails;
      this.error = error;
    }

    boolean isDocker() {
      return name().startsWith("DOCKER");
    }
  }

  public static StandInEngine in(Path directory, Version version) throws IOException {
    StandInEngine engine =
        new StandInEngine(Files.createDirectories(directory.resolve("engine")), version);
    Files.createDirectories(engine.directory.resolve("containers"));
    Files.writeString(engine.directory.resolve("calls"), "");
    Path program = engine.program();
    Files.writeString(program, engine.script());
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return engine;
  }

  Path program() {
    return directory.resolve(version.isDocker() ? "docker" : "podman");
  }

  List<ContainerEngine> alone() {
    return List.of(new ContainerEngine(program().toString()));
  }

  /** Creates a container; returns its id. */
  public String create(String name, String status, String label) throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve("containers"))) {
      return create(
          String.format(Locale.ROOT, "%064x", 0xabc0_0000L + all.count()), name, status, label);
    }
  }

  String create(String id, String name, String status, String label) throws IOException {
    Path container = Files.createDirectory(directory.resolve("containers").resolve(id));
    Files.writeString(container.resolve("status"), status + "\n");
    Files.writeString(container.resolve("label"), label + "\n");
    Files.writeString(container.resolve("name"), name + "\n");
    return id;
  }

  public boolean has(String id) {
    return Files.exists(directory.resolve("containers").resolve(id));
  }

  public String status(String id) throws IOException {
    return Files.readString(directory.resolve("containers/" + id + "/status")).strip();
  }

  /** What it was asked, a call on each line. */
  List<String> calls() throws IOException {
    return Files.readAllLines(directory.resolve("calls"));
  }

  /** From now on it has no daemon. */
  void stopDaemon() throws IOException {
    Files.writeString(directory.resolve("no-daemon"), "");
  }

  /** The container is being removed already, which takes as long as so many looks at it. */
  void removing(String id, int looks) throws IOException {
    Files.writeString(directory.resolve("containers/" + id + "/removing"), looks + "\n");
  }

  /** The container cannot be removed. */
  void busy(String id) throws IOException {
    Files.writeString(directory.resolve("containers/" + id + "/busy"), "");
  }

  private String script() {
    return String.join(
            "\n",
            "#!/bin/sh",
            "cd '@DIRECTORY@' || exit 99",
            "echo \"$*\" >> calls",
            "echo 'Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg.'"
                + " >&2",
            "if [ -e no-daemon ]; then",
            "  echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the"
                + " docker daemon running?' >&2",
            "  exit 1",
            "fi",
            "cd containers || exit 99",
            // A name, an id, or the first digits of an id, as the real programs do.
            "find() {",
            "  [ -e \"$1/name\" ] && { echo $1; return; }",
            "  for c in *; do",
            "    [ -e $c/name ] && read n < $c/name && [ \"$n\" = \"$1\" ] && { echo $c; return; }",
            "  done",
            "  for c in \"$1\"*; do [ -e $c/name ] && { echo $c; return; }; done",
            "}",
            "none() { printf '@NONE@\\n' \"$1\" >&2; }",
            "case $1 in",
            "container)",
            "  c=$(find \"$5\")",
            "  if [ -z \"$c\" ]; then",
            "    echo",
            "    none \"$5\"",
            "    exit @INSPECT_NONE@",
            "  fi",
            "  if [ -e $c/removing ]; then",
            "    n=$(cat $c/removing); echo removing > $c/status",
            "    if [ $n = 0 ]; then rm -r $c; echo; none \"$5\"; exit @INSPECT_NONE@; fi",
            "    echo $((n - 1)) > $c/removing",
            "  fi",
            "  echo \"$4\" | sed \"s|{{.Id}}|$c|; s|{{.State.Status}}|$(cat $c/status)|;"
                + " s|{{.Name}}|@SLASH@$(cat $c/name)|\"",
            "  ;;",
            "ps)",
            "  [ \"$2 $3 $4 $5\" = '--all --quiet --no-trunc --filter' ] || exit 98",
            "  for c in *; do",
            "    [ -e $c/label ] && read l < $c/label && [ \"$6\" = \"label=$l\" ] && echo $c",
            "  done",
            "  exit 0",
            "  ;;",
            "rm)",
            "  [ \"$2 $3\" = '--force --volumes' ] || exit 98",
            "  shift 3; code=0",
            "  for id; do",
            "    c=$(find $id)",
            "    if [ -z \"$c\" ]; then none $id; [ $code = 0 ] && code=@RM_NONE@",
            "    elif [ -e $c/removing ]; then",
            "      echo \"@ERROR@removal of container $id is already in progress\" >&2;"
                + " code=@RM_FAILS@",
            "    elif [ -e $c/busy ]; then",
            "      echo \"@ERROR@container $id: driver \\\"overlay2\\\" failed to remove root"
                + " filesystem: device or resource busy\" >&2; code=@RM_FAILS@",
            "    else rm -r $c; echo $id; fi",
            "  done",
            "  exit $code",
            "  ;;",
            "stop|kill)",
            "  c=$(find $2)",
            "  if [ -z \"$c\" ]; then none $2; exit 1; fi",
            "  s=$(cat $c/status)",
            "  if [ $s = paused ] && [ -n '@PODMAN@' ]; then",
            "    echo \"Error: can only $1 running containers. $c is in state paused: container"
                + " state improper\" >&2; exit 125",
            "  fi",
            "  if [ $s = running ] || [ $s = paused ]; then",
            "    if [ -e $c/rm ]; then rm -r $c; else echo exited > $c/status; fi; echo $2; exit 0",
            "  fi",
            "  [ $1 = stop ] && exit 0",
            "  echo \"@ERROR@cannot kill container: $2: container $c is not running\" >&2; exit 1",
            "  ;;",
            "unpause)",
            "  echo running > $2/status; echo $2",
            "  ;;",
            "*) echo \"unknown command: $1\" >&2; exit 125 ;;",
            "esac",
            "")
        .replace("@DIRECTORY@", directory.toString())
        .replace("@NONE@", version.none)
        .replace("@RM_NONE@", Integer.toString(version.rmNone))
        .replace("@RM_FAILS@", Integer.toString(version.rmFails))
        .replace("@INSPECT_NONE@", version.isDocker() ? "1" : "125")
        .replace("@PODMAN@", version.isDocker() ? "" : "yes")
        .replace("@SLASH@", version.isDocker() ? "/" : "")
        .replace("@ERROR@", version.error);
  }
}
