package dev.lastly.internal.spi;

/**
 * What names a row in one store. Only the store that made it looks inside; two are equal if they
 * name the same row. Immutable.
 */
public sealed interface Id permits FunctionId, JobId, OwnerId {
  /** What the store finds the row by: it has {@code equals}, {@code hashCode} and a short text. */
  Object key();

  /**
   * The row's number, of a store that numbers its rows.
   *
   * @throws ClassCastException if this is the id of a store that does not
   */
  default long row() {
    return (Long) key();
  }
}
