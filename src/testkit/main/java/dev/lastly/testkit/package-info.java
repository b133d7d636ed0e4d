/**
 * For the tests of Lastly and of the programs that use it. {@link dev.lastly.testkit.CrashTest}
 * kills a worker at every moment that matters and looks what is left behind; {@link
 * dev.lastly.testkit.IdempotenceCheck} repeats and interrupts clean-up functions; {@link
 * dev.lastly.testkit.TestNode} is a node in this process, with workers that can be killed and a
 * clock that is moved by hand; {@link dev.lastly.testkit.StoreInvariants} says what must be true of
 * a database, as plain SQL. Needs no test framework; {@code dev.lastly.testkit.junit} is for JUnit.
 */
@NullMarked
package dev.lastly.testkit;

import org.jspecify.annotations.NullMarked;
