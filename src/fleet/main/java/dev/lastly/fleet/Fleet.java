package dev.lastly.fleet;

import dev.lastly.fleet.internal.ChangeFeed;
import dev.lastly.fleet.internal.Config;
import dev.lastly.fleet.internal.FleetMembers;
import dev.lastly.internal.spi.LocalOwner;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Opening;
import dev.lastly.internal.spi.SharedStore;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * A PostgreSQL database in which functions outlive their node.
 *
 * <pre>{@code
 * Fleet fleet = Fleet.open(dataSource, FleetSettings.builder().build());
 * try (var manager = DeferredFunctionManager.open(dir, Settings.builder().fleet(fleet).build());
 *     var job = manager.openJob("sample 17")) {
 *   job.fleet().defer(Cloud::deleteVm, "vm-17"); // one row, acknowledged when replicated as configured
 *   job.defer(Cleanup::deleteTree, scratch); // as ever, on this node
 * }
 * }</pre>
 *
 * <p>A process that dies is known to the others of its node at once, and never early. A node that
 * never comes back is presumed dead after {@link FleetSettings#presumeAfter} of silence; what is
 * cleaned up for it then ends as {@code unconfirmed}, and is repeated when its death is proven:
 * when it boots again, when its last process ends, or by {@link #force}. An outage of the database
 * ends no node.
 *
 * <p>It has nothing to close; the data source is yours, and must stay open as long as a manager
 * uses this. Use a pool; one connection is enough. Thread-safe.
 */
public final class Fleet implements SharedStore {
  private final FleetMembers members;

  private Fleet(FleetMembers members) {
    this.members = members;
  }

  /**
   * Opens a fleet: creates its schema if it is not there, and checks the server.
   *
   * @param dataSource connects to PostgreSQL 13 or newer; behind a pooler in transaction mode with
   *     {@code prepareThreshold=0}
   * @param settings how this process takes part
   * @return a fleet for any number of managers of this process
   * @throws StoreException if the database cannot be reached or its schema not be used; or if the
   *     server has no synchronous standby, and the settings do not say {@link
   *     FleetSettings.Builder#singleNode}
   * @throws IllegalStateException if this machine has no id
   */
  public static Fleet open(DataSource dataSource, FleetSettings settings) {
    Objects.requireNonNull(dataSource, "dataSource");
    Config config =
        new Config(
            settings.schema(),
            new Config.Terms(settings.ttl(), settings.margin(), settings.presumeAfter()),
            new Config.Machine(settings.machineId(), settings.bootId()),
            settings.timeout(),
            settings.commit().value(),
            settings.singleNode(),
            settings.onLeaseLost());
    return new Fleet(FleetMembers.open(dataSource, place(settings), config));
  }

  /** The fleet in words, for messages. */
  static String place(FleetSettings settings) {
    return "fleet " + settings.schema() + " in PostgreSQL";
  }

  @Override
  public String place() {
    return members.place();
  }

  /** For the manager: {@code Settings.builder().fleet(fleet)}. */
  @Override
  public Membership join(Opening opening, LocalOwner local, Settings settings) {
    return members.join(opening, local, settings);
  }

  /**
   * Checks that this process still owns what it has registered here. Ask before work that must not
   * be done twice in the fleet. Costs some microseconds, and asks no database: it is decided by the
   * time since the last renewal of the lease, by a clock that counts suspended time.
   *
   * @throws NotOwnedException if the lease of this node may have run out, or others have ended it
   */
  public void requireOwned() {
    String why = members.whyNotOwned();
    if (why != null) {
      throw new NotOwnedException(why);
    }
  }

  /**
   * Whether a manager of this process has joined. A manager joins when the database can be reached,
   * which may be later than it opens.
   *
   * @return true from then until that manager is closed
   */
  public boolean isJoined() {
    return members.isJoined();
  }

  /**
   * The owners that are presumed dead and whose death is not proven.
   *
   * @return ids of rows of {@code owner}, first to end first
   * @throws StoreException if the database cannot be used
   */
  public List<UUID> presumed() {
    return members.presumed();
  }

  /**
   * Records that an owner is dead, because an operator knows it: its functions run now, and what
   * was done for it as {@code unconfirmed} is done again. {@code operator_action} keeps the name
   * and the reason.
   *
   * @param owner the owner, as in the column {@code owner.id}
   * @param reason why it is known to be dead
   * @return false if that was known
   * @throws IllegalArgumentException if no owner has that id, or the reason is blank
   * @throws IllegalStateException if its node has a good lease
   * @throws StoreException if the database cannot be used
   */
  public boolean force(UUID owner, String reason) {
    if (reason.isBlank()) {
      throw new IllegalArgumentException("say why owner " + owner + " is known to be dead");
    }
    return members.confirm(owner, System.getProperty("user.name", "unknown"), reason);
  }

  /**
   * Reads what has happened, in commit order and without gaps: an event is never followed by an
   * earlier one. The price is that a transaction that stays open anywhere in the database holds the
   * feed back.
   *
   * @param horizon 0, or what {@link Events#next} said
   * @return the events of all transactions from there to the next horizon, which lies nearer if
   *     they are many
   * @throws StoreException if the database cannot be used
   */
  public Events events(long horizon) {
    return Events.of(members.changes(horizon));
  }

  /**
   * Events in commit order.
   *
   * @param events may be empty
   * @param next where to go on
   */
  public record Events(List<FleetEvent> events, long next) {
    /**
     * Copies the list.
     *
     * @param events as above
     * @param next as above
     */
    public Events {
      events = List.copyOf(events);
    }

    static Events of(ChangeFeed.Changes read) {
      return new Events(
          read.changes().stream()
              .map(
                  c ->
                      new FleetEvent(
                          c.xact(),
                          c.at(),
                          c.kind(),
                          Optional.ofNullable(c.function()),
                          Optional.ofNullable(c.job()),
                          Optional.ofNullable(c.owner()),
                          Optional.ofNullable(c.detail())))
              .toList(),
          read.next());
    }
  }

  /**
   * Something that has happened in the fleet: a row of the view {@code change_event}.
   *
   * @param transaction the number of its transaction; several events may have one
   * @param at by the database's clock
   * @param kind such as {@code registered}, {@code done}, {@code owner died}
   * @param function the function, if it is about one
   * @param job its job
   * @param owner its owner then, or the owner that it is about
   * @param detail a text for people
   */
  public record FleetEvent(
      long transaction,
      Instant at,
      String kind,
      Optional<UUID> function,
      Optional<UUID> job,
      Optional<UUID> owner,
      Optional<String> detail) {}
}
