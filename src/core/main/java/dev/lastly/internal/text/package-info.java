/**
 * Texts for people: checks the texts that they write, and shows every hidden character in the texts
 * that they read. Depends on no other package.
 */
@NullMarked
package dev.lastly.internal.text;

import org.jspecify.annotations.NullMarked;
