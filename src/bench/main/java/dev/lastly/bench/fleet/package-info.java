/**
 * What make bench-fleet measures: Lastly's fleet beside raw statements and other tools, on one
 * PostgreSQL server.
 */
@NullMarked
package dev.lastly.bench.fleet;

import org.jspecify.annotations.NullMarked;
