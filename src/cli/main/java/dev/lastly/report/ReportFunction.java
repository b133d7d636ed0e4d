package dev.lastly.report;

import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A function as the page shows it. An id is a number on a node and a UUID in a fleet.
 *
 * @param id its id
 * @param state its state
 * @param call what it calls
 * @param job the job that registered it
 * @param holder who has it
 * @param course how far it has come
 * @param waiting why it is not finished, and what helps; or null
 */
record ReportFunction(
    Object id,
    FunctionState state,
    Call call,
    InJob job,
    Holder holder,
    Course course,
    @Nullable WaitingReason waiting) {

  /**
   * What it calls.
   *
   * @param name its name for people
   * @param function class, method and descriptor
   * @param module where the code came from
   * @param arguments JSON text
   * @param command the command line that it runs, or null
   */
  record Call(
      String name, String function, String module, String arguments, @Nullable String command) {}

  /**
   * The job that registered it.
   *
   * @param id its id
   * @param name its name, which may be empty
   */
  record InJob(Object id, String name) {}

  /**
   * Its current or last owner.
   *
   * @param id the owner
   * @param pid its process
   * @param host its machine, in a fleet; null on a node
   * @param orphan whether the function is unfinished and this owner has ended
   * @param claims how often the function has changed its owner
   */
  record Holder(Object id, long pid, @Nullable String host, boolean orphan, long claims) {}

  /**
   * How far it has come.
   *
   * @param attempts how many were begun
   * @param most how many it may have
   * @param due when the next one is due, or null
   * @param lastError one line about the last failure, or null
   * @param registered when it was registered
   * @param finished when it became final, unconfirmed or quarantined, or null
   * @param refused whether some process could not run it, and it waits for one that can
   */
  record Course(
      int attempts,
      int most,
      @Nullable Instant due,
      @Nullable String lastError,
      Instant registered,
      @Nullable Instant finished,
      boolean refused) {}

  String name() {
    return call.name();
  }

  /**
   * Whether it is not finished for good: something is still to be done, by a worker or a person.
   */
  boolean isOpen() {
    return !state.isFinal();
  }
}
