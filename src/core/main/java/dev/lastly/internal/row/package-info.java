/**
 * What rows say, as values that pass between the packages that write, read and use them: a call and
 * its checksum, an owner and the process that it is. Depends on {@code dev.lastly.model} alone.
 */
@NullMarked
package dev.lastly.internal.row;

import org.jspecify.annotations.NullMarked;
