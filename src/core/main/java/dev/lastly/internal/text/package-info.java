/**
 * Texts for people: what they write is checked, what they read has nothing hidden in it; and JSON
 * for programs. Depends on nothing.
 */
@NullMarked
package dev.lastly.internal.text;

import org.jspecify.annotations.NullMarked;
