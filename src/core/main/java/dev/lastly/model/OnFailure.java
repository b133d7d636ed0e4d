package dev.lastly.model;

/**
 * What the closing of a job does when functions of the job have failed.
 *
 * @see Settings.Builder#onFailure
 */
public enum OnFailure {
  /** It logs each, and returns. This is the default: they are tried again, or wait for a person. */
  LOG,

  /**
   * It also throws a {@link CleanUpFailedException}, when all functions of the job have had their
   * attempt. At the end of a {@code try} block that has thrown, Java adds that exception to the
   * block's own as suppressed, so it hides nothing.
   */
  THROW
}
