/**
 * Who an owner is and whether it lives: kernel locks, the process table, the verdict. Its front is
 * {@link dev.lastly.internal.owner.Owners}.
 */
@NullMarked
package dev.lastly.internal.owner;

import org.jspecify.annotations.NullMarked;
