/**
 * The state directory: its path, and the checks of its file system and permissions. The front is
 * {@link dev.lastly.internal.directory.StateDirectory}.
 */
@NullMarked
package dev.lastly.internal.directory;

import org.jspecify.annotations.NullMarked;
