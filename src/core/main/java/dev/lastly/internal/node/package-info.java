/**
 * The store of one machine: what {@code internal.spi} asks for, from the database of a state
 * directory and the locks of the kernel. {@link dev.lastly.internal.node.Node} opens one.
 */
@NullMarked
package dev.lastly.internal.node;

import org.jspecify.annotations.NullMarked;
