/**
 * The vocabulary of Lastly: settings, states, identities and exceptions. Depends on nothing but
 * {@code internal.text}.
 */
@NullMarked
package dev.lastly.model;

import org.jspecify.annotations.NullMarked;
