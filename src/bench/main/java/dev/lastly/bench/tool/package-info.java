/**
 * The tools that are compared: ways to register a call so that it survives the death of its
 * process.
 */
@NullMarked
package dev.lastly.bench.tool;

import org.jspecify.annotations.NullMarked;
