/**
 * The documentation as a site. {@code Article} is a page and its faults, {@code Destination} says
 * where a link leads, {@code Frame} is what surrounds each page, {@code SearchIndex} what the
 * search looks through, and {@code Site} builds all of it.
 */
@NullMarked
package dev.lastly.site;

import org.jspecify.annotations.NullMarked;
