/**
 * Extensions for JUnit 5 and 6: {@link dev.lastly.testkit.junit.LastlyExtension} is for tests of
 * clean-up functions; {@link dev.lastly.testkit.junit.CleanUpExtension} cleans up after any tests,
 * also when their JVM is killed. Only this package needs JUnit's API.
 */
@NullMarked
package dev.lastly.testkit.junit;

import org.jspecify.annotations.NullMarked;
