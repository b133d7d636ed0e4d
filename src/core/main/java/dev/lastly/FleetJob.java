package dev.lastly;

import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.engine.LateEngine;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The part of a job that is in the fleet, and the order of the job's functions across both stores.
 * That order is kept in memory: it holds when this process closes the job. After a crash there is
 * none between the stores. Thread-safe.
 */
final class FleetJob implements FleetDeferrer {
  private static final Log log = Log.of(FleetJob.class);

  private final LateEngine engine;
  private final Engine.JobSession node;
  private final String name;
  private final Order order;
  private final Consumer<FleetJob> ended;

  // Guarded by this.
  private @Nullable Part part; // null until the first function
  private final Deque<Stretch> stretches = new ArrayDeque<>();
  private boolean shut;
  private boolean committed; // before the first function

  /**
   * Has nothing in the fleet yet.
   *
   * @param engine of the fleet
   * @param node the job's session on the node
   * @param ended gets this when it has ended
   */
  FleetJob(
      LateEngine engine,
      Engine.JobSession node,
      String name,
      Order order,
      Consumer<FleetJob> ended) {
    this.ended = ended;
    this.engine = engine;
    this.node = node;
    this.name = name;
    this.order = order;
  }

  /** What has been opened there, as it is, and with its registrations noted. */
  private record Part(Engine.JobSession session, Tracked tracked, OnlyIfFailed onlyIfFailed) {}

  /** Functions that were registered one after the other in one store. */
  private record Stretch(Engine.JobSession session, FunctionId first, FunctionId last) {
    Stretch with(FunctionId id) {
      return new Stretch(session, id.isBefore(first) ? id : first, last.isBefore(id) ? id : last);
    }
  }

  @Override
  public DeferredHandle deferWith(FunctionOptions options, DeferredFunction function) {
    return DeferredHandle.defer(part(function).tracked(), function.encoded(), options, false);
  }

  @Override
  public Deferrer onlyIfFailed() {
    return (options, function) -> part(function).onlyIfFailed().deferWith(options, function);
  }

  /** Records that the job has succeeded, once; with the first function if there is none yet. */
  void commit() {
    Part known;
    synchronized (this) {
      known = part;
      committed = true;
    }
    if (known != null) {
      known.onlyIfFailed().commit(); // without the lock: it waits for registrations, which need it
    }
  }

  private synchronized Part part(DeferredFunction function) {
    if (shut) {
      throw new IllegalStateException(
          "job '" + name + "' has ended; " + function + " was not registered. Open another job");
    }
    Part known = part;
    if (known == null) {
      Engine.JobSession opened = engine.get().openJob(name);
      Tracked tracked = new Tracked(opened);
      known = new Part(opened, tracked, new OnlyIfFailed(tracked));
      if (committed) {
        known.onlyIfFailed().commit(); // without a row yet, so this reaches no database
      }
      part = known;
    }
    return known;
  }

  /** The job's session on the node, through which this sees what is registered there. */
  Engine.JobSession trackedNode() {
    return new Tracked(node);
  }

  private synchronized void note(Engine.JobSession one, FunctionId id) {
    Stretch newest = stretches.peekLast();
    if (newest != null && newest.session() == one) {
      stretches.removeLast();
      stretches.addLast(newest.with(id));
    } else {
      stretches.addLast(new Stretch(one, id, id));
    }
  }

  /**
   * Runs the functions of both stores in the job's order; from now on nothing can be registered.
   * What one store cannot do now is left to later, and does not stop the other.
   */
  void runInTurns() {
    Engine.JobSession fleet = shut();
    if (fleet == null) {
      return; // all is in one store
    }
    boolean first = node.shut();
    if (!fleet.shut() || !first) {
      return; // another thread ends the job
    }
    for (Stretch stretch : inOrder()) {
      FunctionId end = order == Order.NEWEST_FIRST ? stretch.first() : stretch.last();
      try {
        stretch.session().runTo(end);
      } catch (StoreException e) {
        if (stretch.session() == fleet) {
          leftForLater(e);
        } else {
          log.warn("functions of job '{}' run later: {}", name, e.getMessage());
        }
      }
    }
  }

  /** See {@link Engine.JobSession#requireEndable}, of the part in the fleet. */
  void requireEndable() {
    Part known;
    synchronized (this) {
      known = part;
    }
    if (known != null) {
      known.session().requireEndable();
    }
  }

  private Engine.@Nullable JobSession shut() {
    synchronized (this) {
      shut = true;
      return part == null ? null : part.session();
    }
  }

  private synchronized List<Stretch> inOrder() {
    List<Stretch> all = new ArrayList<>(stretches);
    if (order == Order.NEWEST_FIRST) {
      Collections.reverse(all);
    }
    return all;
  }

  private void leftForLater(StoreException e) {
    log.warn(
        "functions of job '{}' in the fleet run later, when its database can be reached: {}",
        name,
        e.getMessage());
  }

  /** Ends the part in the fleet. Does not throw if its database cannot be reached. */
  void close() {
    ended.accept(this);
    Engine.JobSession fleet = shut();
    if (fleet != null) {
      try {
        fleet.close();
      } catch (StoreException e) {
        leftForLater(e);
      }
    }
  }

  /** A session whose registrations are noted. */
  private final class Tracked implements Engine.JobSession {
    private final Engine.JobSession one;

    Tracked(Engine.JobSession one) {
      this.one = one;
    }

    @Override
    public FunctionId defer(EncodedCall call, FunctionOptions options, boolean first) {
      FunctionId id = one.defer(call, options, first);
      note(one, id);
      return id;
    }

    @Override
    public Optional<JobId> id() {
      return one.id();
    }

    @Override
    public boolean cancel(FunctionId function) {
      return one.cancel(function);
    }

    @Override
    public void commit(List<FunctionId> functions) {
      one.commit(functions);
    }

    @Override
    public boolean runNow(FunctionId function) {
      return one.runNow(function);
    }

    @Override
    public Optional<JobId> handOver(OwnerId to) {
      return one.handOver(to);
    }

    @Override
    public Optional<FunctionState> state(FunctionId function) {
      return one.state(function);
    }

    @Override
    public boolean shut() {
      return one.shut();
    }

    @Override
    public void runTo(FunctionId last) {
      one.runTo(last);
    }

    @Override
    public void requireEndable() {
      one.requireEndable();
    }

    @Override
    public void close() {
      one.close();
    }
  }
}
