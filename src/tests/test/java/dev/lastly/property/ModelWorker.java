package dev.lastly.property;

import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.owner.Owners;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An owner: one engine in one simulated process, as the model knows it. */
final class ModelWorker {
  private final FakeNode.Proc process;
  private final Engine engine;
  private final List<OpenJob> jobs = new ArrayList<>();
  private final boolean capable;
  private boolean forced;
  private boolean closing;
  private boolean closed;

  private ModelWorker(FakeNode.Proc process, Engine engine, boolean capable) {
    this.process = process;
    this.capable = capable;
    this.engine = engine;
  }

  static ModelWorker open(Path base, Settings settings, FakeNode node, FakeNode.Proc process) {
    Node.Seams seams =
        new Node.Seams(lockFile -> Owners.with(process, process), node, process.wire()::through);
    boolean capable = settings.policy().requiresPrivateDirectory(); // else it is a short list
    return new ModelWorker(process, Node.open(base, "deferred", settings, seams), capable);
  }

  /** A job that has not ended. */
  record OpenJob(ModelWorker worker, Engine.JobSession session, int number) {}

  Engine engine() {
    return engine;
  }

  FakeNode.Proc process() {
    return process;
  }

  long id() {
    return engine.ownerId().row();
  }

  List<OpenJob> jobs() {
    return jobs;
  }

  /** Ends the manager. If that fails, it stays half closed, as the facade says. */
  void close() {
    closing = true;
    jobs.clear();
    engine.close();
    closed = true;
  }

  /** Whether it may call {@link RareCalls}. */
  boolean isCapable() {
    return capable;
  }

  /** A person has said that it is dead, and was wrong. */
  void force() {
    forced = true;
  }

  boolean isForced() {
    return forced;
  }

  boolean isClosed() {
    return closed;
  }

  boolean isClosing() {
    return closing;
  }

  /** From here on others may run its functions. */
  boolean hasEnded() {
    return closed || forced || process.isDead();
  }

  /**
   * Gives back what a killed process would have lost with its memory: the threads of the pools.
   * Nothing is written. There is no such method in the product, where processes do die.
   */
  void bury() {
    engine.abandon();
  }

  @Override
  public String toString() {
    return "owner " + id() + " in " + process;
  }
}
