/**
 * Tools for the tests of programs that use Lastly, and of Lastly itself. {@link
 * dev.lastly.testkit.CrashTest} kills a worker at every moment that matters and checks what is left
 * behind; {@link dev.lastly.testkit.IdempotenceCheck} repeats and interrupts clean-up functions;
 * {@link dev.lastly.testkit.TestNode} simulates a node in this process, with workers that a test
 * can kill and a clock that it moves; {@link dev.lastly.testkit.StoreInvariants} says what must be
 * true of a database, as plain SQL. The package needs no test framework; {@code
 * dev.lastly.testkit.junit} is for JUnit.
 */
@NullMarked
package dev.lastly.testkit;

import org.jspecify.annotations.NullMarked;
