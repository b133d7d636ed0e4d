/**
 * The test kit for JUnit 5 and 6: {@link dev.lastly.testkit.junit.LastlyExtension}. The only
 * package that needs JUnit's API, which must be on the class path of the tests anyway.
 */
@NullMarked
package dev.lastly.testkit.junit;

import org.jspecify.annotations.NullMarked;
