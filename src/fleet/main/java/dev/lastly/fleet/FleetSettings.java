package dev.lastly.fleet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a fleet. Immutable. Rejects a wrong value and never corrects it. Give all nodes
 * of a fleet the same.
 *
 * <p>Each method of {@link Builder} describes its setting and the default.
 */
public final class FleetSettings {
  private static final Path MACHINE_ID = Path.of("/etc/machine-id");
  private static final Duration SHORTEST_TTL = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofDays(30);
  private static final int MAX_ID_LENGTH = 200;

  private final String schema;
  private final Duration ttl;
  private final @Nullable Duration margin;
  private final @Nullable Duration presumeAfter;
  private final Duration timeout;
  private final CommitLevel commit;
  private final boolean singleNode;
  private final @Nullable String machineId;
  private final @Nullable String bootId;
  private final Consumer<String> onLeaseLost;

  private FleetSettings(Builder builder) {
    this.schema = builder.schema;
    this.ttl = builder.ttl;
    this.margin = builder.margin;
    this.presumeAfter = builder.presumeAfter;
    this.timeout = builder.timeout;
    this.commit = builder.commit;
    this.singleNode = builder.singleNode;
    this.machineId = builder.machineId;
    this.bootId = builder.bootId;
    this.onLeaseLost = builder.onLeaseLost;
  }

  /**
   * Settings with every default.
   *
   * @return new settings
   */
  public static FleetSettings defaults() {
    return builder().build();
  }

  /**
   * Starts settings from the defaults.
   *
   * @return a new builder, for one thread
   */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return the name of the fleet's schema} */
  public String schema() {
    return schema;
  }

  /** {@return the time-to-live of a node's lease} */
  public Duration ttl() {
    return ttl;
  }

  /** {@return how much earlier than the database a process takes its lease as run out} */
  public Duration margin() {
    return margin == null ? ttl.dividedBy(6) : margin;
  }

  /** {@return after which silence a node is presumed dead; null for never} */
  public @Nullable Duration presumeAfter() {
    return presumeAfter;
  }

  /** {@return how long to wait for an answer of the database} */
  public Duration timeout() {
    return timeout;
  }

  /** {@return what a registration waits for} */
  public CommitLevel commit() {
    return commit;
  }

  /** {@return whether it is accepted that no standby has what is registered} */
  public boolean singleNode() {
    return singleNode;
  }

  /**
   * The id of this machine.
   *
   * @return as set, or the content of {@code /etc/machine-id}
   * @throws IllegalStateException if neither is there
   */
  public String machineId() {
    if (machineId != null) {
      return machineId;
    }
    try {
      String id = Files.readString(MACHINE_ID, StandardCharsets.US_ASCII).strip();
      if (!id.isEmpty()) {
        return id;
      }
    } catch (IOException e) {
      throw new IllegalStateException(noMachineId(), e);
    }
    throw new IllegalStateException(noMachineId());
  }

  private static String noMachineId() {
    return MACHINE_ID
        + " has no id of this machine: make one with systemd-machine-id-setup, or name the machine"
        + " with FleetSettings.machineId";
  }

  @Nullable String bootId() {
    return bootId;
  }

  /** {@return who is told when this process can no longer trust its lease} */
  public Consumer<String> onLeaseLost() {
    return onLeaseLost;
  }

  /** Builds settings. Each method rejects a wrong value at once. For one thread. */
  public static final class Builder {
    private String schema = "lastly";
    private Duration ttl = Duration.ofSeconds(30);
    private @Nullable Duration margin;
    private @Nullable Duration presumeAfter = Duration.ofMinutes(5);
    private Duration timeout = Duration.ofSeconds(10);
    private CommitLevel commit = CommitLevel.ON;
    private boolean singleNode;
    private @Nullable String machineId;
    private @Nullable String bootId;
    private Consumer<String> onLeaseLost = why -> {};

    private Builder() {}

    /**
     * The schema that is this fleet; made if it is not there. Default {@code lastly}. Two fleets in
     * one database have two schemas.
     *
     * @param name lower-case letters, digits and {@code _}
     * @return this builder
     * @throws IllegalArgumentException if it is another kind of name
     */
    public Builder schema(String name) {
      if (!name.matches("[a-z_][a-z0-9_]{0,49}")) { // it becomes part of statements
        throw new IllegalArgumentException(
            "the name of a fleet's schema is 1 to 50 lower-case letters, digits and _, and begins"
                + " with no digit; got '"
                + name
                + "'");
      }
      this.schema = name;
      return this;
    }

    /**
     * The time-to-live of a node's lease. Each process of the node looks about three times in it
     * whether to renew the lease. Default 30 s.
     *
     * @param value 1 s to 30 days
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder ttl(Duration value) {
      this.ttl = inRange("ttl", value, SHORTEST_TTL);
      return this;
    }

    /**
     * The safety margin: the process stops trusting its lease this long before the database does.
     * It covers what the two clocks may drift apart in a time-to-live. Default a sixth of the
     * time-to-live.
     *
     * @param value zero to less than the time-to-live
     * @return this builder
     * @throws IllegalArgumentException if it is negative
     */
    public Builder margin(Duration value) {
      this.margin = inRange("margin", value, Duration.ZERO);
      return this;
    }

    /**
     * How long one observer must see a node silent, without a break, to presume it dead. Default 5
     * minutes. This is the only way in which clean-up can come too early: for a node that is cut
     * off from the database, or stands still, for so long, and works on. It then ends as {@code
     * unconfirmed}, and is repeated when the death is proven.
     *
     * @param value at least the time-to-live, which counts if it is longer
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder presumeAfter(Duration value) {
      this.presumeAfter = inRange("presumeAfter", value, SHORTEST_TTL);
      return this;
    }

    /**
     * Presumes no node dead, however long it is silent. What a node that never comes back has left
     * then waits for an operator: {@link Fleet#force}.
     *
     * @return this builder
     */
    public Builder neverPresume() {
      this.presumeAfter = null;
      return this;
    }

    /**
     * How long to wait for each answer of the database, how long the database waits for the next
     * statement of a transaction, and how long a registration whose commit is in doubt is repeated.
     * Default 10 s. Connecting takes as long as the data source lets it.
     *
     * @param value 100 ms to 30 days
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder timeout(Duration value) {
      this.timeout = inRange("timeout", value, Duration.ofMillis(100));
      return this;
    }

    /**
     * What a registration waits for. Default {@link CommitLevel#ON}.
     *
     * @param value the level
     * @return this builder
     */
    public Builder commit(CommitLevel value) {
      this.commit = Objects.requireNonNull(value, "commit");
      return this;
    }

    /**
     * Accepts that no standby has what is registered: it is lost with the machine of the server.
     * Without this, {@link Fleet#open} refuses a server without synchronous standbys.
     *
     * @return this builder
     */
    public Builder singleNode() {
      this.singleNode = true;
      return this;
    }

    /**
     * The id of this machine, which no other machine has. Default the content of {@code
     * /etc/machine-id}. A container whose image brings that file along needs another one.
     *
     * @param value the same after each boot of this machine
     * @return this builder
     * @throws IllegalArgumentException if it is blank or longer than 200 characters
     */
    public Builder machineId(String value) {
      if (value.isBlank() || value.length() > MAX_ID_LENGTH) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "machineId has 1 to %d characters; got '%s'", MAX_ID_LENGTH, value));
      }
      this.machineId = value;
      return this;
    }

    /** For tests: the boot that this process runs under. */
    Builder bootId(String value) {
      this.bootId = value;
      return this;
    }

    /**
     * The listener called, in its own thread, when this process can no longer trust its lease:
     * others may take from then on what it has registered. A process that must not work then can
     * end itself here: {@code why -> Runtime.getRuntime().halt(70)}.
     *
     * @param listener gets one line for people
     * @return this builder
     */
    public Builder onLeaseLost(Consumer<String> listener) {
      this.onLeaseLost = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Makes the settings.
     *
     * @return immutable settings
     * @throws IllegalArgumentException if the margin is not less than the time-to-live
     */
    public FleetSettings build() {
      if (margin != null && margin.compareTo(ttl) >= 0) {
        throw new IllegalArgumentException(
            "margin must be less than ttl " + ttl + "; got " + margin);
      }
      return new FleetSettings(this);
    }

    private static Duration inRange(String name, Duration value, Duration least) {
      Objects.requireNonNull(value, name);
      if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "%s must be %s to %s; got %s", name, least, LONGEST, value));
      }
      return value;
    }
  }
}
