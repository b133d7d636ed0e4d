package dev.lastly.model;

import dev.lastly.internal.text.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one manager. Immutable. Rejects a wrong value and never corrects it.
 *
 * <p>Each method of {@link Builder} describes its setting and the default.
 */
public final class Settings {
  /** The limit on the length of a label, in characters. */
  public static final int MAX_LABEL_LENGTH = 200;

  /** The longest duration that a setting other than {@code finishedRetention} accepts. */
  public static final Duration MAX_DURATION = Duration.ofDays(1);

  /** The longest {@code finishedRetention}: a hundred years, which means no limit. */
  public static final Duration MAX_RETENTION = Duration.ofDays(36_500);

  private static final Settings DEFAULTS = builder().build();

  private final Durability durability;
  private final Order order;
  private final RetryPolicy retry;
  private final Duration reapInterval;
  private final Duration functionTimeout;
  private final Duration storeTimeout;
  private final Duration finishedRetention;
  private final long finishedLimit;
  private final long logLimit;
  private final FunctionPolicy policy;
  private final OnShutdown onShutdown;
  private final OnDamage onDamage;
  private final OnFailure onFailure;
  private final Duration shutdownGrace;
  private final Set<String> allowedFileSystems;
  private final String label;
  private final @Nullable ClassLoader classLoader;
  private final Map<String, String> aliases;
  private final Set<Class<?>> namedFunctions;
  private final List<Consumer<? super WorkerEvent>> listeners;
  private final List<ContextCarrier> carriers;
  private final Guardian guardian;
  private final @Nullable FleetStore fleet;

  private Settings(Builder builder) {
    this.durability = builder.durability;
    this.order = builder.order;
    this.retry = builder.retry;
    this.reapInterval = builder.reapInterval;
    this.functionTimeout = builder.functionTimeout;
    this.storeTimeout = builder.storeTimeout;
    this.finishedRetention = builder.finishedRetention;
    this.finishedLimit = builder.finishedLimit;
    this.logLimit = builder.logLimit;
    this.policy = builder.policy;
    this.onShutdown = builder.onShutdown;
    this.onDamage = builder.onDamage;
    this.onFailure = builder.onFailure;
    this.shutdownGrace = builder.shutdownGrace;
    this.allowedFileSystems = Set.copyOf(builder.allowedFileSystems);
    this.label = builder.label;
    this.classLoader = builder.classLoader;
    this.aliases = Map.copyOf(builder.aliases);
    this.namedFunctions = Set.copyOf(builder.namedFunctions);
    this.listeners = List.copyOf(builder.listeners);
    this.carriers = List.copyOf(builder.carriers);
    this.guardian = builder.guardian;
    this.fleet = builder.fleet;
  }

  /**
   * Settings with every default.
   *
   * @return always the same instance
   */
  public static Settings defaults() {
    return DEFAULTS;
  }

  /**
   * Starts settings from the defaults.
   *
   * @return a new builder, for one thread
   */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return the faults that a registration survives} */
  public Durability durability() {
    return durability;
  }

  /** {@return the order within a job} */
  public Order order() {
    return order;
  }

  /** {@return how a failed function is tried again} */
  public RetryPolicy retry() {
    return retry;
  }

  /**
   * {@return the interval of full rounds in the background; zero if there are no background
   * threads}
   */
  public Duration reapInterval() {
    return reapInterval;
  }

  /**
   * {@return the time limit for a function, and for each piece of your code around it; zero if
   * there is no limit}
   */
  public Duration functionTimeout() {
    return functionTimeout;
  }

  /** {@return how long a call waits for the database's write lock, more than zero} */
  public Duration storeTimeout() {
    return storeTimeout;
  }

  /** {@return how long finished functions are kept, more than zero} */
  public Duration finishedRetention() {
    return finishedRetention;
  }

  /** {@return how many finished functions are kept at most, zero or more} */
  public long finishedLimit() {
    return finishedLimit;
  }

  /**
   * {@return the length of the write-ahead log, in bytes, beyond which nothing is registered; zero
   * if there is no such limit}
   */
  public long logLimit() {
    return logLimit;
  }

  /** {@return which methods may be called} */
  public FunctionPolicy policy() {
    return policy;
  }

  /**
   * {@return an immutable set of the types of file systems that are accepted in addition to those
   * that are known to be local}
   */
  public Set<String> allowedFileSystems() {
    return allowedFileSystems;
  }

  /** {@return what the JVM's shutdown does with open jobs} */
  public OnShutdown onShutdown() {
    return onShutdown;
  }

  /** {@return what the closing of a job does if functions of the job have failed} */
  public OnFailure onFailure() {
    return onFailure;
  }

  /** {@return what a manager does if the database is damaged when it is opened} */
  public OnDamage onDamage() {
    return onDamage;
  }

  /**
   * {@return how long the JVM's shutdown may take for open jobs and running functions; zero if it
   * does not wait}
   */
  public Duration shutdownGrace() {
    return shutdownGrace;
  }

  /** {@return a text for people, stored with the owner; empty if there is none} */
  public String label() {
    return label;
  }

  /**
   * {@return the class loader for stored functions; null for the context class loader of the
   * opening thread}
   */
  public @Nullable ClassLoader classLoader() {
    return classLoader;
  }

  /** {@return an immutable map of methods that have moved: old {@code class#method} to new} */
  public Map<String, String> aliases() {
    return aliases;
  }

  /** {@return an immutable set of classes whose {@link Named} methods rows find by that name} */
  public Set<Class<?>> namedFunctions() {
    return namedFunctions;
  }

  /** {@return an immutable list of those whom the manager tells what it has done} */
  public List<Consumer<? super WorkerEvent>> listeners() {
    return listeners;
  }

  /** {@return an immutable list of what takes a thread's context along with its functions} */
  public List<ContextCarrier> carriers() {
    return carriers;
  }

  /** {@return the process that outlives this one and runs its functions} */
  public Guardian guardian() {
    return guardian;
  }

  /** {@return the store for functions that must outlive their node; null if there is none} */
  public @Nullable FleetStore fleet() {
    return fleet;
  }

  /** Builds settings. Each method rejects a wrong value at once. For one thread. */
  public static final class Builder {
    private Durability durability = Durability.POWER_LOSS;
    private Order order = Order.NEWEST_FIRST;
    private RetryPolicy retry = RetryPolicy.defaults();
    private Duration reapInterval = Duration.ofSeconds(1);
    private Duration functionTimeout = Duration.ZERO;
    private Duration storeTimeout = Duration.ofSeconds(30);
    private Duration finishedRetention = Duration.ofDays(7);
    private long finishedLimit = 100_000;
    private long logLimit;
    private FunctionPolicy policy = FunctionPolicy.privateDirectory();
    private OnShutdown onShutdown = OnShutdown.WAIT;
    private OnDamage onDamage = OnDamage.REFUSE;
    private OnFailure onFailure = OnFailure.LOG;
    private Duration shutdownGrace = Duration.ofSeconds(10);
    private final Set<String> allowedFileSystems = new LinkedHashSet<>();
    private String label = "";
    private @Nullable ClassLoader classLoader;
    private final Map<String, String> aliases = new LinkedHashMap<>();
    private final Set<Class<?>> namedFunctions = new LinkedHashSet<>();
    private final List<Consumer<? super WorkerEvent>> listeners = new ArrayList<>();
    private final List<ContextCarrier> carriers = new ArrayList<>();
    private Guardian guardian = Guardian.none();

    private @Nullable FleetStore fleet;

    private static final long LEAST_LOG_LIMIT = 32L << 20;

    private Builder() {}

    /**
     * The faults that a registration survives. Default {@link Durability#POWER_LOSS}.
     *
     * @param value the durability
     * @return this builder
     */
    public Builder durability(Durability value) {
      this.durability = Objects.requireNonNull(value, "durability");
      return this;
    }

    /**
     * The order within a job. Default {@link Order#NEWEST_FIRST}.
     *
     * @param value the order
     * @return this builder
     */
    public Builder order(Order value) {
      this.order = Objects.requireNonNull(value, "order");
      return this;
    }

    /**
     * How a failed function is tried again. Default {@link RetryPolicy#defaults()}.
     *
     * @param value the policy
     * @return this builder
     */
    public Builder retry(RetryPolicy value) {
      this.retry = Objects.requireNonNull(value, "retry");
      return this;
    }

    /**
     * The interval of full rounds in the background: they find orphans of closed owners, due
     * retries, and deaths that a stopped watcher has missed. Default 1 s. Unless the interval is
     * zero, the node's watcher notices a death at once, whatever the interval. If more than ten
     * managers share a node, they share the rounds.
     *
     * @param value zero for no background threads, else 1 ms to {@link Settings#MAX_DURATION}
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder reapInterval(Duration value) {
      this.reapInterval = zeroOrMore("reapInterval", value);
      return this;
    }

    /**
     * The time limit for a function, and for each piece of your code around it: the code that
     * decodes its arguments, its {@link Precondition}, the {@code toString()} of its result, the
     * methods of an exception that it throws. All of them run in a thread that is made for this
     * attempt, which Lastly interrupts at the limit. The code around the function gets at least 2
     * s. The same limit holds for your code when a process checks whether it can run an orphan.
     *
     * <p>If a function ends after its interrupt, its attempt has failed, and it is retried. If it
     * does not end within 5 s, it is quarantined and its thread left behind: a retry would run
     * beside it. If the arguments or the precondition exceed the limit, the function has not run:
     * it waits, with the reason, for another process, and no attempt is used up. If the text of a
     * result or an exception exceeds the limit, only the text is missing, and the outcome is the
     * same.
     *
     * <p>Default zero: no limit. All of this code then runs in the thread that closes the job or
     * reaps, and a {@code toString()} that hangs keeps {@code close()} from returning.
     *
     * <p>With and without a limit, a function may open and close jobs of its own manager, and reap.
     * It cannot close the manager. A thread that it starts does not count as part of the function.
     *
     * @param value zero for no limit, else 1 ms to {@link Settings#MAX_DURATION}
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder functionTimeout(Duration value) {
      this.functionTimeout = zeroOrMore("functionTimeout", value);
      return this;
    }

    /**
     * How long a call waits for the database's write lock before it fails. Default 30 s.
     *
     * @param value 1 ms to {@link Settings#MAX_DURATION}
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder storeTimeout(Duration value) {
      this.storeTimeout = zeroOrMore("storeTimeout", value);
      if (value.isZero()) {
        throw new IllegalArgumentException("storeTimeout must be more than zero");
      }
      return this;
    }

    /**
     * How long functions that are done, cancelled or discarded are kept for readers before they are
     * pruned. Default 7 days. Unfinished and quarantined functions are never pruned. The watcher of
     * the node prunes by its own settings, so give all managers of a state directory the same
     * value.
     *
     * @param value 1 ms to {@link Settings#MAX_RETENTION}
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder finishedRetention(Duration value) {
      Objects.requireNonNull(value, "finishedRetention");
      if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(MAX_RETENTION) > 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "finishedRetention must be 1 ms to %s; got %s", MAX_RETENTION, value));
      }
      this.finishedRetention = value;
      return this;
    }

    /**
     * The limit on finished functions: beyond it, the oldest are pruned before {@link
     * #finishedRetention} has passed. Default 100,000.
     *
     * @param value 0 or more; {@link Long#MAX_VALUE} for no limit
     * @return this builder
     * @throws IllegalArgumentException if negative
     */
    public Builder finishedLimit(long value) {
      if (value < 0) {
        throw new IllegalArgumentException("finishedLimit must be 0 or more; got " + value);
      }
      this.finishedLimit = value;
      return this;
    }

    /**
     * Beyond which length of the write-ahead log {@code defer} is refused. The log grows as long as
     * any process keeps a read transaction open, and finally fills the disk. With a limit, the room
     * beyond it is left to what runs already. Default 0: no limit.
     *
     * @param bytes the length, at least 32 MiB; 0 for no limit
     * @return this builder
     * @throws IllegalArgumentException if it is less than the length that a log usually has
     */
    public Builder logLimit(long bytes) {
      if (bytes != 0 && bytes < LEAST_LOG_LIMIT) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "logLimit must be 0 or at least %d bytes, because a log usually has up to half of"
                    + " that; got %d",
                LEAST_LOG_LIMIT,
                bytes));
      }
      this.logLimit = bytes;
      return this;
    }

    /**
     * Which methods rows may call. Default {@link FunctionPolicy#privateDirectory()}.
     *
     * @param value the policy
     * @return this builder
     */
    public Builder policy(FunctionPolicy value) {
      this.policy = Objects.requireNonNull(value, "policy");
      return this;
    }

    /**
     * Accepts a state directory on a file system of this type, too. Types that are known to be
     * local (ext4, xfs, btrfs, tmpfs, overlay …) are always accepted. Call it once per type.
     *
     * <p>The caller guarantees that all of the following holds for that file system. If it does
     * not, rows are lost, and functions of living workers run too early:
     *
     * <ul>
     *   <li>One kernel works on it: no other machine, and no guest or host, has it mounted.
     *   <li>Memory maps of a file ({@code mmap} with {@code MAP_SHARED}) are shared by all
     *       processes that have it open.
     *   <li>A lock that one process holds on a byte of a file ({@code fcntl}) is seen by all
     *       others, and is freed when the process dies.
     *   <li>{@code fsync} returns when the data is on the device.
     * </ul>
     *
     * @param type as field 9 of {@code /proc/self/mountinfo} has it, for example {@code fakeowner};
     *     {@code unknown} if Lastly cannot determine the type
     * @return this builder
     * @throws IllegalArgumentException if it is empty or has blanks
     */
    public Builder allowFileSystem(String type) {
      if (!type.matches("[^\\s,]+")) {
        throw new IllegalArgumentException(
            "a type of file system is one word, such as fakeowner; got '" + type + "'");
      }
      allowedFileSystems.add(type);
      return this;
    }

    /**
     * How the JVM's shutdown (SIGTERM, Ctrl-C, {@link System#exit}) treats open jobs. Default
     * {@link OnShutdown#WAIT}: it waits until the jobs' own threads have closed them.
     *
     * @param value the choice
     * @return this builder
     */
    public Builder onShutdown(OnShutdown value) {
      this.onShutdown = Objects.requireNonNull(value, "onShutdown");
      return this;
    }

    /**
     * What the closing of a job does if functions of the job have failed. Default {@link
     * OnFailure#LOG}.
     *
     * @param value a choice
     * @return this builder
     */
    public Builder onFailure(OnFailure value) {
      this.onFailure = Objects.requireNonNull(value, "onFailure");
      return this;
    }

    /**
     * What to do if the database is damaged when the manager is opened. Default {@link
     * OnDamage#REFUSE}.
     *
     * @param value a choice
     * @return this builder
     */
    public Builder onDamage(OnDamage value) {
      this.onDamage = Objects.requireNonNull(value, "onDamage");
      return this;
    }

    /**
     * How long the JVM's shutdown (SIGTERM, Ctrl-C, {@link System#exit}) waits for open jobs and
     * running functions. Default 10 s. The next process runs the functions of jobs that are still
     * open then. Choose less than the time after which your supervisor sends SIGKILL (30 s in
     * Kubernetes, 10 s in Docker, 90 s in systemd), and no less than your jobs need.
     *
     * @param value zero to wait for nothing, else 1 ms to {@link Settings#MAX_DURATION}
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder shutdownGrace(Duration value) {
      this.shutdownGrace = zeroOrMore("shutdownGrace", value);
      return this;
    }

    /**
     * A text for people, stored with the owner. Default empty.
     *
     * @param value at most {@link Settings#MAX_LABEL_LENGTH} characters, no control characters
     * @return this builder
     * @throws IllegalArgumentException if too long or with control characters
     */
    public Builder label(String value) {
      this.label = Text.checked("label", value, MAX_LABEL_LENGTH);
      return this;
    }

    /**
     * The class loader for stored functions. Default: the context class loader of the thread that
     * opens the manager.
     *
     * @param value the loader
     * @return this builder
     */
    public Builder classLoader(ClassLoader value) {
      this.classLoader = Objects.requireNonNull(value, "classLoader");
      return this;
    }

    /**
     * Declares that a method has moved or was renamed: rows with the old name call the new method.
     *
     * @param oldMethod {@code old.Class#method}
     * @param newMethod {@code new.Class#method}, with the same parameters
     * @return this builder
     * @throws IllegalArgumentException if either has another form, or {@code oldMethod} already has
     *     an alias; when a manager opens, also if {@code newMethod} cannot be called, or is itself
     *     the old name of another alias
     */
    public Builder alias(String oldMethod, String newMethod) {
      for (String method : new String[] {oldMethod, newMethod}) {
        if (!method.matches("[^#()\\s]+#[^#()\\s]+")) {
          throw new IllegalArgumentException(
              "an alias names methods as package.Class#method; got '" + method + "'");
        }
      }
      if (aliases.putIfAbsent(oldMethod, newMethod) != null) {
        throw new IllegalArgumentException("'" + oldMethod + "' already has an alias");
      }
      return this;
    }

    /**
     * Lets rows call {@link Named} methods that these classes declare by their stable names. A
     * manager refuses to open with a class that declares none.
     *
     * @param types the classes
     * @return this builder
     */
    public Builder namedFunctions(Class<?>... types) {
      namedFunctions.addAll(Set.of(types));
      return this;
    }

    /**
     * Adds a listener, whom the manager tells what it has done: registrations, attempts, owners
     * that it has found dead. Call it once per listener; there is none by default.
     *
     * <p>The manager calls listeners in the thread that did it, after the commit, in the order in
     * which they were added. One that throws changes nothing: the log says so once. One that is
     * slow delays that thread, and with it a job or a reap, and it must not wait for another thread
     * that uses the manager: hand the event to a queue of yours. If the process dies after a
     * commit, listeners may miss the event; what counts is in the database.
     *
     * @param listener thread-safe
     * @return this builder
     */
    public Builder listener(Consumer<? super WorkerEvent> listener) {
      listeners.add(Objects.requireNonNull(listener, "listener"));
      return this;
    }

    /**
     * Adds what takes the context of the registering thread to the thread that runs the function:
     * log context, trace. Call it once per carrier; there is none by default.
     *
     * @param carrier thread-safe, such as {@code MdcCarrier.of("requestId")}
     * @return this builder
     */
    public Builder carrier(ContextCarrier carrier) {
      carriers.add(Objects.requireNonNull(carrier, "carrier"));
      return this;
    }

    /**
     * The process that outlives this one and runs its functions at once when it dies. Default
     * {@link Guardian#none()}.
     *
     * @param value which one
     * @return this builder
     */
    public Builder guardian(Guardian value) {
      this.guardian = Objects.requireNonNull(value, "guardian");
      return this;
    }

    /**
     * The store for functions that must outlive their node, which {@code job.fleet()} registers.
     * Default: none. While that store cannot be reached, only {@code job.fleet()} is affected.
     *
     * @param value what {@code dev.lastly.fleet.Fleet.open} of the module {@code lastly-fleet} has
     *     returned
     * @return this builder
     */
    public Builder fleet(FleetStore value) {
      this.fleet = Objects.requireNonNull(value, "fleet");
      return this;
    }

    /**
     * Makes the settings.
     *
     * @return immutable settings
     */
    public Settings build() {
      return new Settings(this);
    }

    private static Duration zeroOrMore(String name, Duration value) {
      Objects.requireNonNull(value, name);
      boolean tooShort = !value.isZero() && value.toMillis() < 1;
      if (value.isNegative() || tooShort || value.compareTo(MAX_DURATION) > 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "%s must be zero, or 1 ms to %s; got %s", name, MAX_DURATION, value));
      }
      return value;
    }
  }
}
