package dev.lastly.model;

import java.util.Map;

/**
 * Takes what belongs to the thread that registers a function to the thread that runs it: the
 * context of its logger, the trace that it is part of. The run may be in another process, after the
 * death of the first, so the context is stored with the function. {@link Settings.Builder#carrier}
 * takes them; {@code dev.lastly.context} has one for SLF4J's MDC and one for OpenTelemetry.
 *
 * <p>The database keeps the entries in the clear, in the column {@code options}, and {@code lastly
 * show} prints them: an entry must not be a secret.
 *
 * <p>Implementations must be thread-safe. What they throw changes nothing: it is logged, once for
 * each kind, and the function is registered and runs without its context.
 */
public interface ContextCarrier {
  /** The limit on all entries of one function, in characters of JSON. */
  int MAX_LENGTH = 600;

  /**
   * Reads the context of the thread that registers a function. Each registration calls it, so it
   * should be quick.
   *
   * @return the entries to store; empty if there is no context. Entries beyond {@link #MAX_LENGTH}
   *     are left out, and a warning is logged. Keys of different carriers should differ: begin them
   *     with a name of your own
   */
  Map<String, String> capture();

  /**
   * Sets the context up in the thread that runs the function, before its arguments are decoded.
   *
   * @param entries what was stored with the function, by all carriers of the process that
   *     registered it; empty if nothing was
   * @param function the name of the function, as in the column {@code name}
   * @param run what is known of this attempt
   * @return what takes the context down again
   */
  Restored restore(Map<String, String> entries, String function, RunContext run);

  /**
   * Sets up what belongs to the log, around the lines that Lastly itself logs of how the run ended.
   *
   * @param entries as for {@link #restore}
   * @return what takes it down again; its outcome is how the attempt ended. Default: there is no
   *     such context
   */
  default Restored restoreForLog(Map<String, String> entries) {
    return Restored.NONE;
  }

  /** The context of one run. For one thread. */
  @FunctionalInterface
  interface Restored {
    /** Of a run that has no context. */
    Restored NONE = outcome -> {};

    /**
     * Takes the context down. Called once, in the thread of {@link ContextCarrier#restore}, also if
     * the function failed. A function that ignores its time-out leaves its context when it ends.
     *
     * @param outcome how the attempt ended
     */
    void close(AttemptOutcome outcome);
  }
}
