package dev.lastly.model;

/** What a registered function survives once {@code defer} has returned. */
public enum Durability {
  /**
   * The death of the process and of the machine: each registration and cancellation is synced to
   * the device before the call returns.
   */
  POWER_LOSS,
  /**
   * The death of the process only. A power cut may forget the newest registrations; the database
   * stays consistent. Several times faster, because nothing waits for the device.
   */
  PROCESS_CRASH
}
