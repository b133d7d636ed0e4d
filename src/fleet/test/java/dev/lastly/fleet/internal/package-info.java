/** Tests of the store of a fleet against a real server. */
@NullMarked
package dev.lastly.fleet.internal;

import org.jspecify.annotations.NullMarked;
