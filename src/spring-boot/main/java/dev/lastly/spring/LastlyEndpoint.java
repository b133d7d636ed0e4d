package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * The actuator endpoint {@code lastly}: what the node holds. It changes nothing, and shows no
 * arguments, which may be private.
 */
@Endpoint(id = "lastly")
public final class LastlyEndpoint {
  /** How many functions of each list are shown. */
  public static final int MOST_FUNCTIONS = 100;

  private static final Set<FunctionState> UNFINISHED =
      Set.of(FunctionState.DEFERRED, FunctionState.RUNNING, FunctionState.RETRY_WAIT);

  private final DeferredFunctionManager manager;

  LastlyEndpoint(DeferredFunctionManager manager) {
    this.manager = manager;
  }

  /**
   * Reads the node.
   *
   * @return one state of the database
   */
  @ReadOperation
  public NodeDescriptor node() {
    try (Inspector inspector = manager.inspect()) {
      return new NodeDescriptor(
          inspector.database().toString(),
          manager.ownerId(),
          inspector.status(),
          functions(inspector, UNFINISHED),
          functions(inspector, Set.of(FunctionState.QUARANTINED)));
    }
  }

  private static List<FunctionDescriptor> functions(
      Inspector inspector, Set<FunctionState> states) {
    return inspector.functions(FunctionFilter.all().states(states), 0, MOST_FUNCTIONS).stream()
        .map(FunctionDescriptor::of)
        .toList();
  }

  /**
   * A node. Immutable.
   *
   * @param database the path of the SQLite file
   * @param owner the id of this application's owner
   * @param status counts and sizes
   * @param unfinished the oldest unfinished functions
   * @param quarantined the oldest quarantined functions
   */
  public record NodeDescriptor(
      String database,
      long owner,
      Status status,
      List<FunctionDescriptor> unfinished,
      List<FunctionDescriptor> quarantined) {
    /**
     * Copies the lists.
     *
     * @param database as above
     * @param owner as above
     * @param status as above
     * @param unfinished as above
     * @param quarantined as above
     */
    public NodeDescriptor {
      unfinished = List.copyOf(unfinished);
      quarantined = List.copyOf(quarantined);
    }
  }

  /**
   * A function of a node. Immutable.
   *
   * @param id its id
   * @param name its name for people
   * @param state its state
   * @param job the name of its job
   * @param owner the id of its owner
   * @param orphaned whether its owner has ended or is dead
   * @param attempts attempts begun so far
   * @param registeredAt when it was registered
   * @param notBefore when the next attempt is due, if it waits for one
   * @param lastError one line about the last failure, if there is one
   * @param unresolvable why a process could not run it, if one has said so
   */
  public record FunctionDescriptor(
      long id,
      String name,
      FunctionState state,
      String job,
      long owner,
      boolean orphaned,
      int attempts,
      Instant registeredAt,
      @Nullable Instant notBefore,
      @Nullable String lastError,
      @Nullable String unresolvable) {
    static FunctionDescriptor of(FunctionRow row) {
      return new FunctionDescriptor(
          row.id(),
          row.name(),
          row.state(),
          row.job(),
          row.ownerId(),
          row.orphaned(),
          row.attempts(),
          row.registeredAt(),
          row.notBefore(),
          row.lastError(),
          row.unresolvable());
    }
  }
}
