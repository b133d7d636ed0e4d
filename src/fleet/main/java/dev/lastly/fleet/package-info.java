/**
 * Clean-up that outlives its node: deferred functions as rows of a PostgreSQL database that many
 * nodes share. {@link dev.lastly.fleet.Fleet#open} gives what {@code Settings.builder().fleet(…)}
 * takes; {@code job.fleet()} registers.
 */
@NullMarked
package dev.lastly.fleet;

import org.jspecify.annotations.NullMarked;
