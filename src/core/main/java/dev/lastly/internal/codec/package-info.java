/**
 * Turns a call into a row's texts and back: capture, JSON of the declared types, resolution. {@link
 * dev.lastly.internal.codec.Codec} is the front.
 */
@NullMarked
package dev.lastly.internal.codec;

import org.jspecify.annotations.NullMarked;
