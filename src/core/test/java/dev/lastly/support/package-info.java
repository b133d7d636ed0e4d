/** Shared parts of tests: real worker processes, access to the database, traced functions. */
@NullMarked
package dev.lastly.support;

import org.jspecify.annotations.NullMarked;
