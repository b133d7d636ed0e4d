/**
 * Texts for people: what they write is checked, what they read has nothing hidden in it. Depends on
 * nothing.
 */
@NullMarked
package dev.lastly.internal.text;

import org.jspecify.annotations.NullMarked;
