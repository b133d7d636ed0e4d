package dev.lastly.model;

/**
 * What a manager does when it is opened and finds that the database is damaged: its file, or its
 * write-ahead log, was emptied, removed, replaced, or cannot be read.
 *
 * @see Settings.Builder#onDamage
 */
public enum OnDamage {
  /**
   * The manager does not open; it throws {@link DamagedStoreException}. What is left stays as it
   * is. This is the default: the clean-up of earlier jobs is lost until a person has looked.
   */
  REFUSE,

  /**
   * Moves what is left into a directory {@code damaged-…} below the state directory, logs an error,
   * and begins a new, empty store, so that the node goes on. The functions in the damaged one do
   * not run until a person salvages them.
   */
  BEGIN_NEW
}
