/**
 * Verdicts on owners against a real kernel: killed, stopped, hidden, reborn. Needs Linux and root;
 * {@code make test-os} runs them.
 */
@NullMarked
package dev.lastly.os;

import org.jspecify.annotations.NullMarked;
