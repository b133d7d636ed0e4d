package dev.lastly.spring;

import dev.lastly.model.Durability;
import dev.lastly.model.OnDamage;
import dev.lastly.model.OnFailure;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Order;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The properties {@code lastly.*}. Immutable. Most are settings of the manager, with the defaults
 * of {@link dev.lastly.model.Settings}.
 *
 * @param enabled Whether there is a manager at all.
 * @param stateDir Directory on a local file system that the workers of this machine share, and that
 *     outlives the application. Required.
 * @param label Text for people that is stored with the owner. By default the name of the
 *     application.
 * @param durability Faults that a registration survives.
 * @param order Order in which the functions of a job run.
 * @param reapInterval How often background threads look for retries and old orphans; 0 for no such
 *     threads.
 * @param functionTimeout How long a function may run before it is interrupted; 0 for no limit.
 * @param storeTimeout How long to wait for the write lock of the database.
 * @param finishedRetention How long finished functions are kept.
 * @param finishedLimit Most finished functions that are kept.
 * @param logLimit Size of the write-ahead log beyond which registrations are refused; 0 for no
 *     limit.
 * @param onShutdown What the end of the context does with jobs that are still open after web
 *     servers and executors have stopped.
 * @param shutdownGrace How long the end of the context waits for jobs that are still open after web
 *     servers and executors have stopped.
 * @param onDamage What to do if the database is damaged.
 * @param onFailure What the closing of a job does if functions of the job have failed.
 * @param allowFileSystems Types of file systems to accept beside those that are known to be local.
 * @param allowList What rows may call: com.acme.cleanup.* for the classes of a package,
 *     com.acme.Cleanups for a class, com.acme.Cleanups#remove for a method. By default everything,
 *     in a directory that only this user can write.
 * @param aliases Methods that have moved, as old.Class#method to new.Class#method.
 * @param namedFunctions Classes whose named methods rows find by that name.
 * @param carryMdc Keys of SLF4J's MDC whose entries go along with a function to its run. They are
 *     stored in the clear.
 * @param carryTrace Whether runs of functions are spans, linked to the span that registered them.
 *     Needs opentelemetry-api.
 * @param retry How a failed function is tried again.
 * @param guardian A process that outlives the application and runs at once what it leaves.
 * @param health When the health of the node is bad.
 * @param report The report as a page of the application.
 */
@ConfigurationProperties("lastly")
public record LastlyProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable Path stateDir,
    @Nullable String label,
    @DefaultValue("power-loss") Durability durability,
    @DefaultValue("newest-first") Order order,
    @DefaultValue("1s") Duration reapInterval,
    @DefaultValue("0s") Duration functionTimeout,
    @DefaultValue("30s") Duration storeTimeout,
    @DefaultValue("7d") Duration finishedRetention,
    @DefaultValue("100000") long finishedLimit,
    @DefaultValue("0B") DataSize logLimit,
    @DefaultValue("wait") OnShutdown onShutdown,
    @DefaultValue("10s") Duration shutdownGrace,
    @DefaultValue("refuse") OnDamage onDamage,
    @DefaultValue("log") OnFailure onFailure,
    @DefaultValue List<String> allowFileSystems,
    @DefaultValue List<String> allowList,
    @DefaultValue Map<String, String> aliases,
    @DefaultValue List<Class<?>> namedFunctions,
    @DefaultValue List<String> carryMdc,
    @DefaultValue("false") boolean carryTrace,
    @DefaultValue Retry retry,
    @DefaultValue GuardianProcess guardian,
    @DefaultValue Health health,
    @DefaultValue Report report) {

  /**
   * Copies lists and map.
   *
   * @param enabled as above
   * @param stateDir as above
   * @param label as above
   * @param durability as above
   * @param order as above
   * @param reapInterval as above
   * @param functionTimeout as above
   * @param storeTimeout as above
   * @param finishedRetention as above
   * @param finishedLimit as above
   * @param logLimit as above
   * @param onShutdown as above
   * @param shutdownGrace as above
   * @param onDamage as above
   * @param onFailure as above
   * @param allowFileSystems as above
   * @param allowList as above
   * @param aliases as above
   * @param namedFunctions as above
   * @param carryMdc as above
   * @param carryTrace as above
   * @param retry as above
   * @param guardian as above
   * @param health as above
   * @param report as above
   */
  public LastlyProperties {
    allowFileSystems = List.copyOf(allowFileSystems);
    allowList = List.copyOf(allowList);
    aliases = Map.copyOf(aliases);
    namedFunctions = List.copyOf(namedFunctions);
    carryMdc = List.copyOf(carryMdc);
  }

  /**
   * The properties {@code lastly.retry.*}.
   *
   * @param maxAttempts Attempts before a function is quarantined.
   * @param initialBackoff Wait after the first failed attempt.
   * @param maxBackoff Longest wait.
   * @param multiplier How many times the last wait each wait is.
   */
  public record Retry(
      @DefaultValue("10") int maxAttempts,
      @DefaultValue("1s") Duration initialBackoff,
      @DefaultValue("5m") Duration maxBackoff,
      @DefaultValue("2") double multiplier) {}

  /**
   * The properties {@code lastly.guardian.*}.
   *
   * @param enabled Whether the manager starts a guardian.
   * @param jvmOptions Further options of its JVM, such as -Xmx128m.
   */
  public record GuardianProcess(
      @DefaultValue("false") boolean enabled, @DefaultValue List<String> jvmOptions) {

    /**
     * Copies the list.
     *
     * @param enabled as above
     * @param jvmOptions as above
     */
    public GuardianProcess {
      jvmOptions = List.copyOf(jvmOptions);
    }
  }

  /**
   * The properties {@code lastly.health.*}.
   *
   * @param orphanAge How long an orphan may wait before the health is bad.
   * @param maxQuarantined How many quarantined functions there may be before the health is bad. By
   *     default any number.
   * @param badStatus Status that is reported then, such as DOWN or OUT_OF_SERVICE.
   */
  public record Health(
      @DefaultValue("5m") Duration orphanAge,
      @Nullable Long maxQuarantined,
      @DefaultValue("DOWN") String badStatus) {}

  /**
   * The properties {@code lastly.report.*}.
   *
   * @param path Path of the report in the web application, such as /admin/lastly, which its login
   *     must protect. By default there is none. Needs Spring MVC and dev.lastly:lastly-cli.
   */
  public record Report(@Nullable String path) {}
}
