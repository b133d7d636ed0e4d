package dev.lastly.crash;

import static dev.lastly.crash.EventLog.Kind.BOUNDARY;
import static dev.lastly.crash.EventLog.Kind.KILLING;

import dev.lastly.support.DriverBoundaries;
import dev.lastly.support.Sigkill;

/** Kills its own process at the n-th boundary, counted from 1, or only lists the boundaries. */
final class Tripwire implements DriverBoundaries.Listener {
  private final int boundary;
  private final EventLog log;
  private int count;

  /**
   * A tripwire.
   *
   * @param boundary 0: each is told to the log, and none kills
   */
  Tripwire(int boundary, EventLog log) {
    this.boundary = boundary;
    this.log = log;
  }

  @Override
  public void before(String what) {
    reached("before: " + what);
  }

  @Override
  public void after(String what) {
    reached("after: " + what);
  }

  // One of the pool's threads opens connections, while the one that wants it waits.
  private synchronized void reached(String place) {
    count++;
    if (boundary == 0) {
      log.append(BOUNDARY, Integer.toString(count), place);
    } else if (count == boundary) {
      log.append(KILLING, ProcessName.SELF, place);
      Sigkill.strike();
    }
  }
}
