/**
 * Jobs, attempts, reaping: what happens when. Its front is {@link
 * dev.lastly.internal.engine.Engine}.
 */
@NullMarked
package dev.lastly.internal.engine;

import org.jspecify.annotations.NullMarked;
