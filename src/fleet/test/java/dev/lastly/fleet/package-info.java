/** Tests of fleets, with processes that are really killed. */
@NullMarked
package dev.lastly.fleet;

import org.jspecify.annotations.NullMarked;
