/**
 * The vocabulary of Lastly: settings, states, rows as values, and exceptions. Depends only on
 * {@code internal.text}.
 */
@NullMarked
package dev.lastly.model;

import org.jspecify.annotations.NullMarked;
