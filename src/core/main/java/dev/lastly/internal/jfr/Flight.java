package dev.lastly.internal.jfr;

import jdk.jfr.FlightRecorder;

/** Whether the JDK's Flight Recorder is in use in this JVM. */
public final class Flight {
  private static final boolean THERE = isThere();

  private Flight() {}

  private static boolean isThere() {
    try {
      return ModuleLayer.boot().findModule("jdk.jfr").isPresent();
    } catch (Error e) { // such as too little memory: a class whose initialization fails is lost
      return false;
    }
  }

  /**
   * Whether there has been a recording in this JVM, so that an event may be wanted. Costs as much
   * as reading a field, and never throws. Nothing else of this package may be touched while this is
   * false.
   */
  public static boolean isOn() {
    try {
      return THERE && FlightRecorder.isInitialized();
    } catch (Error e) { // the first call loads a class of the JDK
      return false;
    }
  }
}
