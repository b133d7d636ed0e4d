package dev.lastly.internal.jfr;

import jdk.jfr.Event;

/** An event of Lastly. That it cannot be recorded changes nothing else. */
abstract class LastlyEvent extends Event {
  /**
   * Begins to measure, if a recording wants events of this kind. May throw: the caller has a catch.
   */
  final boolean isBegun() {
    if (isEnabled()) {
      begin();
      return true;
    }
    return false;
  }

  /** Ends the event, whose fields are set. Never throws: what the event tells has happened. */
  final void written() {
    try {
      end();
      if (shouldCommit()) {
        commit();
      }
    } catch (RuntimeException | Error e) { // such as too little memory: the recording lacks it
      return;
    }
  }
}
