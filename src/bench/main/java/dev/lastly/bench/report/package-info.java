/** What was measured, and how it is written down. */
@NullMarked
package dev.lastly.bench.report;

import org.jspecify.annotations.NullMarked;
