package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * The database does not hold what it must hold: its file, or its write-ahead log, was emptied,
 * removed, replaced by another, or has changed on the device. Nothing was run and nothing was
 * written. What is left of it is kept; the message says where and what to do.
 *
 * @see Settings.Builder#onDamage
 */
public final class DamagedStoreException extends StoreException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what is missing, where what is left is kept, what to do next
   * @param cause what was thrown below, or null
   */
  public DamagedStoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
