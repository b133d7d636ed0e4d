package dev.lastly.model;

/** The faults that a registered function survives when {@code defer} has returned. */
public enum Durability {
  /**
   * The death of the process and of the machine: each registration and cancellation is synced to
   * the device before the call returns.
   */
  POWER_LOSS,
  /**
   * The death of the process only. A power cut may lose the newest registrations; the database
   * stays consistent. Several times faster, because {@code defer} does not wait for the device.
   */
  PROCESS_CRASH
}
