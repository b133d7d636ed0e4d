package dev.lastly.cleanup;

/**
 * A container as {@code inspect} shows it. Immutable.
 *
 * @param id the full id
 * @param status such as {@code running}, {@code exited}, {@code removing}
 */
record ContainerState(String id, String status) {}
