package dev.lastly.property;

import dev.lastly.model.FunctionState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A deferred function as the model knows it. */
final class Tracked {
  final String key;
  final int sequence;
  final ModelWorker.OpenJob job;
  final ModelWorker registrar;
  final boolean rare;

  final List<ModelWorld.Run> runs = new ArrayList<>();

  ModelWorker owner;
  long id; // 0 if defer never said
  boolean registered; // defer returned, or its row was seen after a defer that was cut off
  boolean cancelled;
  boolean cancelUnanswered; // the process died in cancel: either outcome is right
  boolean done;
  int attempts; // as its row said after the last step, like the two that follow
  FunctionState state = FunctionState.DEFERRED;
  @Nullable Long notBefore;
  boolean mayBePruned; // by the reference, see Retained
  boolean pruned;
  ModelWorld.@Nullable Run returned;

  Tracked(String key, int sequence, ModelWorker.OpenJob job, boolean rare) {
    this.key = key;
    this.sequence = sequence;
    this.job = job;
    this.registrar = job.worker();
    this.rare = rare;
    this.owner = registrar;
  }

  /** Whether its job is still open, so that no owner may run it. */
  boolean waitsForItsJob() {
    return !registrar.hasEnded() && registrar.jobs().contains(job);
  }

  ModelWorker.OpenJob job() {
    return job;
  }

  @Override
  public String toString() {
    return key + " of job " + job.number() + ", registered by " + registrar + ", owned by " + owner;
  }
}
