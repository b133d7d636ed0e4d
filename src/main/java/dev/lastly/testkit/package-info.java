/**
 * For the tests of Lastly and of the programs that use it: what must be true of a database, as
 * plain SQL. Its front is {@link dev.lastly.testkit.StoreInvariants}.
 */
@NullMarked
package dev.lastly.testkit;

import org.jspecify.annotations.NullMarked;
