package dev.lastly.model;

/** What becomes of a function after the machine has booted since its registration. */
public enum OnReboot {
  /** It runs as ever. The default. */
  RUN,
  /**
   * It does not run, and counts as done, because the reboot has removed what it cleans up: a
   * process, a mount, a file on tmpfs. It does run if that cannot be told for sure: a boot id is
   * compared only within one pid namespace, because a container may have a boot id of its own.
   */
  SKIP
}
