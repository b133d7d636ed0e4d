/**
 * Validates texts that people write and escapes texts that they read; writes JSON for programs.
 * Depends on nothing.
 */
@NullMarked
package dev.lastly.internal.text;

import org.jspecify.annotations.NullMarked;
