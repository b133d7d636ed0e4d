package dev.lastly.cleanup;

import dev.lastly.model.Precondition;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Stops, kills and removes containers, for {@code job.defer(Containers::remove, "aligner-17")}.
 * Stateless and thread-safe.
 *
 * <p><b>Which program.</b> Each method looks for {@code docker} and then {@code podman} on the
 * {@code PATH} of the process that runs it, and uses that process's environment ({@code
 * DOCKER_HOST}, {@code DOCKER_CONTEXT}, {@code CONTAINER_HOST}). If both are there, the container
 * may belong to either: a container that the first does not have is looked for with the second, and
 * counts as gone only if both say so. A process that has neither leaves the function to another
 * process.
 *
 * <p><b>Done means gone.</b> No exit code is trusted: docker before 20.10 fails for a missing
 * container and, in some versions, succeeds whatever happens. These methods ask for the container
 * before and after ({@code container inspect}), and succeed only if the answer is that there is
 * none, or for {@code stop} and {@code kill} that it does not run. An unreachable daemon is a
 * failure, not an answer. "Removal already in progress" is waited for.
 *
 * <p><b>Never another container.</b> docker and podman take the first digits of an id where they
 * expect a name, so {@code docker rm -f deadbeef} can remove a container of another name when there
 * is none of this name. These methods act on the full id that they have found by name, and accept
 * the beginning of an id only if it has at least {@value ContainerEngine#SHORT_ID} digits.
 */
public final class Containers {
  /** How long one container may take, and how long removal by label may make no progress. */
  public static final Duration LIMIT = Duration.ofMinutes(2);

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}");

  /** Podman splits a filter at commas, and takes '*' as a wildcard. */
  private static final Pattern LABEL =
      Pattern.compile(
          "[a-zA-Z0-9][a-zA-Z0-9_./-]*|[a-zA-Z0-9][a-zA-Z0-9_./-]*=[a-zA-Z0-9_./:@+= -]*");

  /** So many containers are removed with one command, which must end within the limit. */
  private static final int BATCH = 16;

  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 2000;

  private Containers() {}

  /**
   * Stops a container: SIGTERM or its own stop signal, and SIGKILL after its own grace, which is 10
   * s unless it was created with another one. The container remains, unless it was created with
   * {@code --rm}. Succeeds if there is none, or if it does not run.
   *
   * @param name its name, or its id: all digits, or at least the first {@value
   *     ContainerEngine#SHORT_ID}
   * @throws IllegalArgumentException if it is null or cannot be the name of a container
   * @throws UnresolvableFunctionException if this process finds neither docker nor podman on its
   *     {@code PATH}; another process may
   * @throws CommandFailedException if docker or podman cannot be started, or does not answer within
   *     {@link #LIMIT}
   * @throws IOException if the daemon cannot be reached or refuses, or if the container still runs
   *     after {@link #LIMIT}
   * @throws InterruptedException if the thread is interrupted; the daemon may still stop it
   */
  @Precondition("requireStoppable")
  public static void stop(String name)
      throws CommandFailedException, IOException, InterruptedException {
    requireStoppable(name);
    end(ContainerVerb.STOP, name, engines());
  }

  /**
   * Kills a container with SIGKILL. The container remains, unless it was created with {@code --rm}.
   * Succeeds if there is none, or if it does not run.
   *
   * @param name as {@link #stop}
   * @throws IllegalArgumentException as {@link #stop}
   * @throws UnresolvableFunctionException as {@link #stop}
   * @throws CommandFailedException as {@link #stop}
   * @throws IOException as {@link #stop}
   * @throws InterruptedException if the thread is interrupted; the daemon may still kill it
   */
  @Precondition("requireKillable")
  public static void kill(String name)
      throws CommandFailedException, IOException, InterruptedException {
    requireKillable(name);
    end(ContainerVerb.KILL, name, engines());
  }

  /**
   * Removes a container with its anonymous volumes, whether it runs or not. Named volumes, networks
   * and images remain. Succeeds if there is none.
   *
   * @param name as {@link #stop}
   * @throws IllegalArgumentException as {@link #stop}
   * @throws UnresolvableFunctionException as {@link #stop}
   * @throws CommandFailedException as {@link #stop}
   * @throws IOException if the daemon cannot be reached or refuses, or if the container is still
   *     there after {@link #LIMIT}
   * @throws InterruptedException if the thread is interrupted; the daemon may still remove it
   */
  @Precondition("requireRemovable")
  public static void remove(String name)
      throws CommandFailedException, IOException, InterruptedException {
    requireRemovable(name);
    end(ContainerVerb.REMOVE, name, engines());
  }

  /**
   * Removes all containers that have a label, with their anonymous volumes, whether they run or
   * not. Succeeds if there is none. It looks again until there is none, so it also removes those
   * that appear during the call. It takes as long as that takes, and fails if {@link #LIMIT} passes
   * in which the daemon has removed none.
   *
   * <p>A container has the labels of its image, too. Choose a key of your own, and a value that
   * names one job.
   *
   * @param label {@code key=value}, or {@code key} for every value; ASCII letters and digits, and
   *     {@code _ . / -}, in the value also <code>: @ + =</code> and the space
   * @throws IllegalArgumentException if it is null or no such label
   * @throws UnresolvableFunctionException as {@link #stop}
   * @throws CommandFailedException as {@link #stop}
   * @throws IOException if the daemon cannot be reached, or refuses to remove one of them
   * @throws InterruptedException if the thread is interrupted; the others remain
   */
  @Precondition("requireLabel")
  public static void removeByLabel(String label)
      throws CommandFailedException, IOException, InterruptedException {
    requireLabel(label);
    removeByLabel(label, engines());
  }

  static void requireStoppable(String name) {
    requireName("stop", name);
  }

  static void requireKillable(String name) {
    requireName("kill", name);
  }

  static void requireRemovable(String name) {
    requireName("remove", name);
  }

  private static void requireName(String action, String name) {
    if (name == null || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          action
              + " refuses "
              + quoted(name)
              + ": expected the name or id of a container, a letter or digit and then letters,"
              + " digits, '_', '.' and '-'");
    }
    List<ContainerEngine> unused = engines();
  }

  static void requireLabel(String label) {
    if (label == null || !LABEL.matcher(label).matches()) {
      throw new IllegalArgumentException(
          "removeByLabel refuses "
              + quoted(label)
              + ": expected key=value, or a key alone for every value; a key is a letter or digit"
              + " and then letters, digits and '_./-', a value has also ':@+=' and spaces");
    }
    List<ContainerEngine> unused = engines();
  }

  private static String quoted(@Nullable String text) {
    return text == null ? "null" : "'" + text.replaceAll("\\p{Cntrl}", "?") + "'";
  }

  private static List<ContainerEngine> engines() {
    SearchPath path = SearchPath.ofThisProcess();
    List<ContainerEngine> found =
        Stream.of("docker", "podman").filter(path::has).map(ContainerEngine::new).toList();
    if (found.isEmpty()) {
      throw new UnresolvableFunctionException(
          "this process cannot reach containers: there is neither 'docker' nor 'podman' on its PATH"
              + " ("
              + path
              + "); run a reaper that has one of them");
    }
    return found;
  }

  /** Ends a container with the first engine that has it. */
  static void end(ContainerVerb verb, String name, List<ContainerEngine> engines)
      throws CommandFailedException, IOException, InterruptedException {
    IOException unanswered = null;
    for (ContainerEngine engine : engines) {
      try {
        if (wasThere(verb, name, engine)) {
          return;
        }
      } catch (IOException e) {
        unanswered = withEarlier(unanswered, e);
      }
    }
    if (unanswered != null) {
      throw unanswered;
    }
    Settling.gone("container '" + name + "'");
  }

  /** Removes those with a label, with the first engine that has some. */
  static void removeByLabel(String label, List<ContainerEngine> engines)
      throws CommandFailedException, IOException, InterruptedException {
    IOException unanswered = null;
    for (ContainerEngine engine : engines) {
      try {
        if (wereThere(label, engine)) {
          return;
        }
      } catch (IOException e) {
        unanswered = withEarlier(unanswered, e);
      }
    }
    if (unanswered != null) {
      throw unanswered;
    }
    Settling.gone("container with the label '" + label + "'");
  }

  private static IOException withEarlier(@Nullable IOException earlier, IOException failure) {
    if (earlier == null) {
      return failure;
    }
    earlier.addSuppressed(failure);
    return earlier;
  }

  /** Whether the engine had it to end. If this returns true, it has ended. */
  private static boolean wasThere(ContainerVerb verb, String name, ContainerEngine engine)
      throws CommandFailedException, IOException, InterruptedException {
    ContainerState found = engine.inspect(name);
    if (found == null || verb.hasHappenedTo(found)) {
      return false;
    }
    long begin = System.nanoTime();
    for (long pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
      CommandOutput said = engine.end(verb, found);
      ContainerState left = engine.inspect(name);
      if (left == null || verb.hasHappenedTo(left)) {
        return true;
      }
      if (!engine.maySucceed(said, left) || passed(begin)) {
        throw stillThere(verb, "container '" + name + "' is still " + left.status(), engine, said);
      }
      Thread.sleep(pause);
      found = left;
    }
  }

  private static boolean wereThere(String label, ContainerEngine engine)
      throws CommandFailedException, IOException, InterruptedException {
    List<String> found = engine.withLabel(label);
    if (found.isEmpty()) {
      return false;
    }
    long progress = System.nanoTime();
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      List<String> batch = found.subList(0, Math.min(BATCH, found.size()));
      CommandOutput said = engine.end(ContainerVerb.REMOVE, batch);
      List<String> left = engine.withLabel(label);
      if (left.isEmpty()) {
        return true;
      }
      List<String> failed = new ArrayList<>(batch);
      failed.retainAll(left);
      if (failed.size() < batch.size()) {
        progress = System.nanoTime();
        pause = FIRST_PAUSE_MILLIS;
      } else {
        ContainerState first = engine.inspect(failed.get(0));
        if ((first != null && !engine.maySucceed(said, first)) || passed(progress)) {
          throw stillThere(
              ContainerVerb.REMOVE,
              left.size() + " containers or more with the label '" + label + "' are still there",
              engine,
              said);
        }
        Thread.sleep(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
      }
      // Those that could not be removed come last: they hold up no other.
      found = new ArrayList<>(left);
      found.removeAll(failed);
      found.addAll(failed);
    }
  }

  private static boolean passed(long begin) {
    return System.nanoTime() - begin > LIMIT.toNanos();
  }

  private static IOException stillThere(
      ContainerVerb verb, String what, ContainerEngine engine, CommandOutput said) {
    return new IOException(
        what
            + " after '"
            + engine.program()
            + " "
            + verb.text()
            + "', which exited with "
            + said.exitCode()
            + "; it said: "
            + said.text().strip());
  }
}
