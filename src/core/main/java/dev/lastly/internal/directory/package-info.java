/**
 * The state directory: where it is, whether its file system and permissions will do. Its front is
 * {@link dev.lastly.internal.directory.StateDirectory}.
 */
@NullMarked
package dev.lastly.internal.directory;

import org.jspecify.annotations.NullMarked;
