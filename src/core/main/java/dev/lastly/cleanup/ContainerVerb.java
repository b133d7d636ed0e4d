package dev.lastly.cleanup;

import java.util.List;
import java.util.Set;

/** What can be done to a container. */
enum ContainerVerb {
  /** Its stop signal, and SIGKILL after its grace. */
  STOP("stop"),

  /** SIGKILL. */
  KILL("kill"),

  /** SIGKILL, and it no longer exists; nor do its anonymous volumes, which no name leads to. */
  REMOVE("rm --force --volumes");

  /** States in which no process of the container runs; of docker, and of podman. */
  private static final Set<String> NOT_RUNNING =
      Set.of("created", "configured", "initialized", "exited", "stopped", "dead");

  private final String text;

  ContainerVerb(String text) {
    this.text = text;
  }

  List<String> arguments() {
    return List.of(text.split(" ", -1));
  }

  String text() {
    return text;
  }

  /** Whether a container in this state needs it no more. */
  boolean hasHappenedTo(ContainerState container) {
    return this != REMOVE && NOT_RUNNING.contains(container.status());
  }
}
