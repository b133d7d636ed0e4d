/** A PostgreSQL server and processes for the tests of fleets. */
@NullMarked
package dev.lastly.fleet.support;

import org.jspecify.annotations.NullMarked;
