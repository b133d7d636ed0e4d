/** The rules of the code base that a test can check. */
@NullMarked
package dev.lastly.architecture;

import org.jspecify.annotations.NullMarked;
