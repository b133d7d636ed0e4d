package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * The database could not carry out a call. The failed call has changed nothing, with one exception:
 * if the device failed during the commit, the change may later prove to be committed.
 */
public sealed class StoreException extends LastlyException permits DamagedStoreException {
  private static final long serialVersionUID = 1L;

  /** Whether the rows of this call are at fault, and not the store. */
  private final boolean refused;

  /** Whether the store can be read, but not written. */
  private final boolean writeFailure;

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
   * Makes one that tells whether a retry can succeed.
   *
   * @param message what failed, on what, expected, found, what to do next
   * @param cause what was thrown below, or null
   * @param refused whether a constraint or trigger of the database refused these rows
   */
  public StoreException(String message, @Nullable Throwable cause, boolean refused) {
    this(message, cause, refused, false);
  }

  /**
   * Makes one that tells what is at fault.
   *
   * @param message what failed, on what, expected, found, what to do next
   * @param cause what was thrown below, or null
   * @param refused whether a constraint or trigger of the database refused these rows
   * @param writeFailure whether the database cannot be written, whatever the rows
   */
  public StoreException(
      String message, @Nullable Throwable cause, boolean refused, boolean writeFailure) {
    super(message, cause);
    this.refused = refused;
    this.writeFailure = writeFailure;
  }

  /**
   * Whether a constraint or trigger of the database refused these rows. A retry would fail again,
   * but the store works for other rows.
   *
   * @return false if the store as a whole is at fault
   */
  public boolean isRefused() {
    return refused;
  }

  /**
   * Whether the database cannot be written, whatever the rows: its file system is full or has
   * become read-only, or its device fails. Clean-up goes on without a record then; a registration
   * fails.
   *
   * @return false if a retry may succeed without a change outside, as when another process keeps
   *     the write lock
   */
  public boolean isWriteFailure() {
    return writeFailure;
  }
}
