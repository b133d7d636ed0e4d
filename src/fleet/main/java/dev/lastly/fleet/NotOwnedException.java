package dev.lastly.fleet;

/**
 * This process can no longer be sure that it owns what it has registered in the fleet: its node's
 * lease could not be renewed in time, or others have ended the node. They may clean up what it
 * uses.
 */
public final class NotOwnedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  NotOwnedException(String message) {
    super(message);
  }
}
