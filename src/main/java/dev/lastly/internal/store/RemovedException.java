package dev.lastly.internal.store;

/** The database was marked for removal between its opening and a registration: open it anew. */
final class RemovedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RemovedException() {
    super("the state directory was removed while it was being opened");
  }
}
