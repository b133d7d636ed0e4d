package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * The database cannot do what was asked. Nothing was changed by the failed call; only if the device
 * itself failed during the commit may the change turn out to be there after all.
 */
public final class StoreException extends LastlyException {
  private static final long serialVersionUID = 1L;

  /** Whether the rows at hand are at fault, and not the store. */
  private final boolean refused;

  /**
   * Makes one.
   *
   * @param message what failed, on what, expected, found, what to do next
   */
  public StoreException(String message) {
    this(message, null);
  }

  /**
   * Makes one with its cause.
   *
   * @param message what failed, on what, expected, found, what to do next
   * @param cause what was thrown below, or null
   */
  public StoreException(String message, @Nullable Throwable cause) {
    this(message, cause, false);
  }

  /**
   * Makes one that says whether to try again.
   *
   * @param message what failed, on what, expected, found, what to do next
   * @param cause what was thrown below, or null
   * @param refused whether a rule of the database refused these very rows
   */
  public StoreException(String message, @Nullable Throwable cause, boolean refused) {
    super(message, cause);
    this.refused = refused;
  }

  /**
   * Whether a rule of the database (a constraint or a trigger) refused these very rows: the same
   * again will fail again, while the store is in order for others.
   *
   * @return false if the store as a whole is at fault
   */
  public boolean isRefused() {
    return refused;
  }
}
