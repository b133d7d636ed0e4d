/** Tests of the metrics. */
@NullMarked
package dev.lastly.metrics;

import org.jspecify.annotations.NullMarked;
