/**
 * The test kit's extension for JUnit 5 and 6: {@link dev.lastly.testkit.junit.LastlyExtension}.
 * Only this package needs JUnit's API.
 */
@NullMarked
package dev.lastly.testkit.junit;

import org.jspecify.annotations.NullMarked;
