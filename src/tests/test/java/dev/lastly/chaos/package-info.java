/** Chaos: many worker JVMs under random load and random signals, and a log that is compared. */
@NullMarked
package dev.lastly.chaos;

import org.jspecify.annotations.NullMarked;
