package dev.lastly.internal.spi;

/**
 * The id of a row in one store. Only the store that made it reads its key. Two ids are equal if
 * they name the same row. Immutable.
 */
public sealed interface Id permits FunctionId, JobId, OwnerId {
  /**
   * The key of the row in its store. It implements {@code equals}, {@code hashCode} and a short
   * {@code toString}.
   */
  Object key();

  /**
   * The row's number, in a store that numbers its rows.
   *
   * @throws ClassCastException if the store does not number its rows
   */
  default long row() {
    return (Long) key();
  }

  /** The row's number; 0 in a store that does not number its rows. */
  default long number() {
    return key() instanceof Long number ? number : 0;
  }
}
