/**
 * Looks at a node without taking part, and what a person may do there. {@link
 * dev.lastly.internal.audit.Audit} is the front.
 */
@NullMarked
package dev.lastly.internal.audit;

import org.jspecify.annotations.NullMarked;
