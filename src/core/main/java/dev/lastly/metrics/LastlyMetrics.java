package dev.lastly.metrics;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.model.Settings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Binds the metrics of a node, and of one manager, to Micrometer.
 *
 * <pre>{@code
 * DeferredFunctionManager manager = DeferredFunctionManager.open(stateDir);
 * new LastlyMetrics(manager).bindTo(registry);
 * }</pre>
 *
 * <p>Gauges tell of the whole node: what waits, what is orphaned, who lives. They share one read of
 * the database, which is at most a second old and delays no worker; between scrapes nothing is
 * read. If the database cannot be read they are NaN. Timers tell what this manager has done since
 * it was bound; until then they cost nothing.
 *
 * <p>When the manager begins to close, the gauges leave the registries, and the connection that
 * they read through is closed. Timers stay, because another manager may go on with them.
 *
 * <p>If a JVM has several state directories, give each a tag: gauges of equal names and tags are
 * one gauge, that of the manager that was bound first. Thread-safe.
 */
public final class LastlyMetrics implements MeterBinder, AutoCloseable {
  /** How many names of functions the timer of attempts tells apart by default. */
  public static final int DEFAULT_FUNCTION_NAMES = 100;

  private final @Nullable DeferredFunctionManager manager;
  private final StatusCache node;
  private final Tags tags;
  private final int functionNames;

  // Guarded by this.
  private final Map<MeterRegistry, NodeGauges> bound = new HashMap<>();
  private boolean closed;

  /**
   * Metrics of a manager and its node.
   *
   * @param manager an open manager
   */
  public LastlyMetrics(DeferredFunctionManager manager) {
    this(manager, Tags.empty());
  }

  /**
   * Metrics of a manager and its node.
   *
   * @param manager an open manager
   * @param tags of every meter, such as one that tells this state directory from another
   */
  public LastlyMetrics(DeferredFunctionManager manager, Iterable<Tag> tags) {
    this(manager, tags, DEFAULT_FUNCTION_NAMES);
  }

  /**
   * Metrics of a manager and its node.
   *
   * @param manager an open manager
   * @param tags of every meter, such as one that tells this state directory from another
   * @param functionNames how many names of functions the timer of attempts tells apart. Further
   *     ones share the name {@code (other)}, because a registry keeps every tag that it has seen
   * @throws IllegalArgumentException if the number is negative
   */
  public LastlyMetrics(DeferredFunctionManager manager, Iterable<Tag> tags, int functionNames) {
    this(manager, new StatusCache(manager::inspect), tags, functionNames);
    if (functionNames < 0) {
      throw new IllegalArgumentException("functionNames must be 0 or more; got " + functionNames);
    }
  }

  private LastlyMetrics(
      @Nullable DeferredFunctionManager manager,
      StatusCache node,
      Iterable<Tag> tags,
      int functionNames) {
    this.manager = manager;
    this.node = node;
    this.tags = Tags.of(tags);
    this.functionNames = functionNames;
  }

  /**
   * Metrics of a node by a process that is none of its workers: the gauges alone.
   *
   * @param stateDirBase what the workers opened their managers with
   * @param settings of these only {@link Settings#allowedFileSystems()} counts
   * @param tags of every meter
   * @return metrics that the caller closes
   */
  public static LastlyMetrics ofNode(Path stateDirBase, Settings settings, Iterable<Tag> tags) {
    return new LastlyMetrics(
        null, new StatusCache(() -> Inspector.open(stateDirBase, settings)), tags, 0);
  }

  /**
   * Adds the meters to a registry. Does nothing if they are there, or if this, or the manager, has
   * been closed.
   *
   * @param registry any registry
   */
  @Override
  public synchronized void bindTo(MeterRegistry registry) {
    if (closed || bound.containsKey(registry)) {
      return;
    }
    if (manager != null) { // first: it may be at work already
      manager.measure(new ManagerTimers(registry, tags, functionNames, this::close));
    }
    bound.put(registry, NodeGauges.add(registry, tags, node));
  }

  /**
   * Removes the gauges from the registries, and closes the connection that they read through.
   * Timers stay, and count what the manager still does. Idempotent; the manager's end does it, too.
   */
  @Override
  public synchronized void close() {
    closed = true;
    bound.values().forEach(NodeGauges::remove);
    bound.clear();
    node.close();
  }
}
