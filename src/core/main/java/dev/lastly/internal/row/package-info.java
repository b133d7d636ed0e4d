/**
 * Values from rows that pass between packages: a call with its checksum, an owner with the identity
 * of its process, and why a function waits.
 */
@NullMarked
package dev.lastly.internal.row;

import org.jspecify.annotations.NullMarked;
