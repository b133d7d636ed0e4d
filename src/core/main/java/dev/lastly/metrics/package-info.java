/**
 * Metrics of a node for Micrometer, which is an optional dependency: only an application that uses
 * this package needs {@code io.micrometer:micrometer-core}. {@code docs/metrics.md} lists the
 * meters.
 */
@NullMarked
package dev.lastly.metrics;

import org.jspecify.annotations.NullMarked;
